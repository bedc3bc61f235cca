//! Every question asked of the database.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use super::{Db, on};
use crate::rows::{
    ContentRow, Event, History, PackageRow, RecordedEvent, Severity, Totals, Validators, VersionRow,
};

impl Db {
    /// What is known of a package, with its document.
    pub async fn package(&self, name: &PackageName) -> Result<Option<PackageRow>> {
        #[derive(FromRow)]
        struct Row {
            etag: Option<String>,
            last_modified: Option<String>,
            first_contact: i64,
            checked_at: i64,
            document_len: i64,
            document: Option<Vec<u8>>,
        }
        let row: Option<Row> = on!(self, pool => sqlx::query_as(
                "select etag, last_modified, first_contact, checked_at, document_len, document
                 from package where name = $1",
            )
            .bind(name.as_str())
            .fetch_optional(pool)
            .await
            .with_context(|| format!("cannot read what is stored of {name}"))?);
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(PackageRow {
            name: name.clone(),
            validators: Validators {
                etag: row.etag,
                last_modified: row.last_modified,
            },
            first_contact: at(row.first_contact)?,
            checked_at: at(row.checked_at)?,
            document: row.document,
            document_len: row.document_len.try_into()?,
        }))
    }

    /// What is known of a package's versions beyond its document.
    pub async fn history(&self, name: &PackageName) -> Result<History> {
        #[derive(FromRow)]
        struct Row {
            version: String,
            absent_at: Option<i64>,
            vanished_at: Option<i64>,
            offered_integrity: Option<String>,
            sha512: Option<String>,
            size: Option<i64>,
            weak: bool,
            pinned_at: Option<i64>,
            quarantined_at: Option<i64>,
            served_first_at: Option<i64>,
            served_last_at: Option<i64>,
            served_count: i64,
        }
        // Not a full join, which SQLite does in quadratic time.
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select k.version, v.absent_at, v.vanished_at,
                     coalesce(p.offered_integrity, v.offered_integrity) as offered_integrity,
                     p.sha512, c.size, coalesce(p.weak, false) as weak, p.pinned_at, c.quarantined_at,
                     v.served_first_at, v.served_last_at, coalesce(v.served_count, 0) as served_count
                 from (select name, version from package_version where name = $1
                       union select name, version from pin where name = $1) k
                 left join package_version v on v.name = k.name and v.version = k.version
                 left join pin p on p.name = k.name and p.version = k.version
                 left join content c on c.sha512 = p.sha512",
            )
            .bind(name.as_str())
            .fetch_all(pool)
            .await
            .with_context(|| format!("cannot read the history of {name}"))?);
        let versions = rows.into_iter().map(|row| {
            Ok(VersionRow {
                version: row.version,
                absent_at: maybe(row.absent_at)?,
                vanished_at: maybe(row.vanished_at)?,
                offered_integrity: row.offered_integrity,
                sha512: row.sha512,
                size: row.size.map(u64::try_from).transpose()?,
                weak: row.weak,
                pinned_at: maybe(row.pinned_at)?,
                quarantined_at: maybe(row.quarantined_at)?,
                served_first_at: maybe(row.served_first_at)?,
                served_last_at: maybe(row.served_last_at)?,
                served_count: row.served_count.try_into()?,
            })
        });
        let versions = versions.collect::<Result<_>>()?;
        Ok(History { versions })
    }

    /// The versions of a package that were ever served here.
    pub async fn served_versions(&self, name: &PackageName) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = on!(self, pool => sqlx::query_as(
                "select version from package_version where name = $1 and served_count > 0",
            )
            .bind(name.as_str())
            .fetch_all(pool)
            .await
            .with_context(|| format!("cannot read which versions of {name} were served"))?);
        Ok(rows.into_iter().map(|(version,)| version).collect())
    }

    /// The versions that are pinned to these bytes.
    pub async fn pinned(&self, sha512: &str) -> Result<Vec<(PackageName, String)>> {
        let rows: Vec<(String, String)> = on!(self, pool => sqlx::query_as(
                "select name, version from pin where sha512 = $1",
            )
            .bind(sha512)
            .fetch_all(pool)
            .await
            .context("cannot read which versions have certain bytes")?);
        rows.into_iter()
            .map(|(name, version)| Ok((PackageName::parse(&name)?, version)))
            .collect()
    }

    /// The content that was verified longest ago, for the scrub; what is in quarantine is left out.
    pub async fn stalest_content(&self, limit: u32) -> Result<Vec<ContentRow>> {
        let rows: Vec<Content> = on!(self, pool => sqlx::query_as(
                "select sha512, size, verified_at, quarantined_at from content
                 where quarantined_at is null order by verified_at limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what to verify next")?);
        rows.into_iter().map(ContentRow::try_from).collect()
    }

    /// A page of all content: the `limit` addresses that follow `after` (the empty string for the first page).
    pub async fn content(&self, after: &str, limit: u32) -> Result<Vec<ContentRow>> {
        let rows: Vec<Content> = on!(self, pool => sqlx::query_as(
                "select sha512, size, verified_at, quarantined_at from content
                 where sha512 > $1 order by sha512 limit $2",
            )
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what is stored")?);
        rows.into_iter().map(ContentRow::try_from).collect()
    }

    /// The audit log, oldest first: at most `limit` events whose id is greater than `after`.
    pub async fn events(&self, after: i64, limit: u32) -> Result<Vec<RecordedEvent>> {
        let rows: Vec<EventRow> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail from event
                 where id > $1 order by id limit $2",
            )
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the audit log")?);
        rows.into_iter().map(RecordedEvent::try_from).collect()
    }

    /// The newest event of one kind about one version.
    pub async fn last_event(
        &self,
        kind: &str,
        name: &PackageName,
        version: &str,
    ) -> Result<Option<Event>> {
        let row: Option<EventRow> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail from event
                 where kind = $1 and name = $2 and version = $3 order by id desc limit 1",
            )
            .bind(kind)
            .bind(name.as_str())
            .bind(version)
            .fetch_optional(pool)
            .await
            .context("cannot read the audit log")?);
        row.map(|row| Ok(RecordedEvent::try_from(row)?.event))
            .transpose()
    }

    /// The newest event of one kind.
    pub async fn last_event_of(&self, kind: &str) -> Result<Option<Event>> {
        let row: Option<EventRow> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail from event
                 where kind = $1 order by id desc limit 1",
            )
            .bind(kind)
            .fetch_optional(pool)
            .await
            .context("cannot read the audit log")?);
        row.map(|row| Ok(RecordedEvent::try_from(row)?.event))
            .transpose()
    }

    /// How much there is; reads an index each, for metrics.
    pub async fn totals(&self) -> Result<Totals> {
        let (packages, pins, bytes): (i64, i64, i64) = on!(self, pool => sqlx::query_as(
                "select (select count(*) from package), (select count(*) from pin),
                     (select cast(coalesce(sum(size), 0) as bigint) from content)",
            )
            .fetch_one(pool)
            .await
            .context("cannot count what is stored")?);
        Ok(Totals {
            packages: packages.try_into()?,
            pins: pins.try_into()?,
            bytes: bytes.try_into()?,
        })
    }
}

#[derive(FromRow)]
struct EventRow {
    id: i64,
    at: i64,
    kind: String,
    severity: String,
    name: Option<String>,
    version: Option<String>,
    detail: String,
}

impl TryFrom<EventRow> for RecordedEvent {
    type Error = anyhow::Error;

    fn try_from(row: EventRow) -> Result<Self> {
        let event = Event {
            at: at(row.at)?,
            kind: row.kind,
            severity: Severity::parse(&row.severity).context("unknown severity")?,
            name: row.name.as_deref().map(PackageName::parse).transpose()?,
            version: row.version,
            detail: row.detail,
        };
        Ok(Self { id: row.id, event })
    }
}

#[derive(FromRow)]
struct Content {
    sha512: String,
    size: i64,
    verified_at: i64,
    quarantined_at: Option<i64>,
}

impl TryFrom<Content> for ContentRow {
    type Error = anyhow::Error;

    fn try_from(row: Content) -> Result<Self> {
        Ok(Self {
            sha512: row.sha512,
            size: row.size.try_into()?,
            verified_at: at(row.verified_at)?,
            quarantined_at: maybe(row.quarantined_at)?,
        })
    }
}

pub(crate) fn at(milliseconds: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds).context("a stored time is out of range")
}

pub(crate) fn maybe(milliseconds: Option<i64>) -> Result<Option<Timestamp>> {
    milliseconds.map(at).transpose()
}
