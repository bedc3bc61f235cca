//! A store in a directory of its own, on either engine, and short names for what tests write.

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_store::{Event, PackageRow, Severity, Store, Validators, VersionRow, Write};
use tempfile::TempDir;

use crate::postgres;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) data: TempDir,
    pub(crate) database: Option<String>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::open(tempfile::tempdir().unwrap(), None).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = postgres::new_database().await;
        Self::open(tempfile::tempdir().unwrap(), Some(url)).await
    }

    async fn open(data: TempDir, database: Option<String>) -> Self {
        let store = Store::open(data.path(), database.as_deref()).await.unwrap();
        Self {
            store,
            data,
            database,
        }
    }

    /// As after a restart.
    pub(crate) async fn reopen(self) -> Self {
        self.store.close().await;
        Self::open(self.data, self.database).await
    }

    /// As another process on the same data.
    pub(crate) async fn neighbour(&self) -> Store {
        Store::open(self.data.path(), self.database.as_deref())
            .await
            .unwrap()
    }

    pub(crate) async fn version(&self, package: &str, version: &str) -> Option<VersionRow> {
        let history = self.store.db.history(&name(package)).await.unwrap();
        let mut versions = history.versions.into_iter();
        versions.find(|row| row.version == version)
    }
}

pub(crate) fn name(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

/// An address of bytes that nobody has.
pub(crate) fn address(number: u64) -> String {
    format!("{number:0128x}")
}

pub(crate) fn package(package: &str, document: &[u8]) -> PackageRow {
    PackageRow {
        name: name(package),
        validators: Validators {
            etag: Some("\"one\"".into()),
            last_modified: None,
        },
        first_contact: at(1000),
        checked_at: at(1000),
        document: Some(document.to_vec()),
        document_len: document.len() as u64,
    }
}

pub(crate) fn pinned(package: &str, version: &str, sha512: &str, milliseconds: i64) -> Write {
    Write::Pinned {
        name: name(package),
        version: version.into(),
        sha512: sha512.into(),
        sha256: "a".repeat(64),
        sha1: "b".repeat(40),
        size: 10,
        weak: false,
        at: at(milliseconds),
        offered: Some("sha512-offered".into()),
    }
}

pub(crate) fn event(kind: &str) -> Write {
    Write::Event(Event {
        at: at(5),
        kind: kind.into(),
        severity: Severity::Critical,
        name: Some(name("@scope/chalk")),
        version: Some("5.6.1".into()),
        detail: "{\"was\":1}".into(),
    })
}
