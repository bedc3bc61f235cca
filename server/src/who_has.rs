//! Who downloaded which versions of a package.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageName, Range, Version};
use lazaret_store::{ApiToken, Download};
use serde::Serialize;

use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// Clients told at once.
const MOST: u32 = 5000;

/// The answer.
#[derive(Serialize)]
pub(crate) struct WhoHas {
    schema: u32,
    package: String,
    range: String,
    /// Versions in the range that were handed out here.
    pub(crate) versions: Vec<String>,
    pub(crate) clients: Vec<Client>,
    /// There are more clients than these.
    pub(crate) more: bool,
}

/// One client and one version.
#[derive(Serialize)]
pub(crate) struct Client {
    pub(crate) version: String,
    /// An address, or the id of a token.
    pub(crate) client: String,
    /// `address` or `token`.
    pub(crate) kind: &'static str,
    /// What a token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// For whom a token acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<String>,
    pub(crate) agent: String,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) count: u64,
}

impl App {
    /// Who downloaded versions of a package in a range; a range that is not one is the exact text of a version.
    pub(crate) async fn who_has(&self, name: &PackageName, range: &str) -> Result<WhoHas, Problem> {
        // What is noted and not written yet counts, too.
        self.write_downloads().await;
        self.write_noted().await;
        let db = &self.mirror.store.db;
        let mut versions = db.served_versions(name).await.map_err(broken_store)?;
        let parsed = Range::parse(range).ok();
        versions.retain(|version| match (&parsed, Version::parse(version)) {
            (Some(range), Ok(version)) => range.satisfies_including_prereleases(&version),
            _ => version == range,
        });
        versions.sort_by_cached_key(|version| Version::parse(version).ok());
        let found = db.who_has(name, &versions, MOST).await;
        let found = found.map_err(broken_store)?;
        let clients = self.clients(found.downloads).await?;
        Ok(WhoHas {
            schema: 1,
            package: name.to_string(),
            range: printable_up_to(range, 256).into_owned(),
            versions,
            clients,
            more: found.more,
        })
    }

    /// Clients by the names that people know them by.
    pub(crate) async fn clients(&self, downloads: Vec<Download>) -> Result<Vec<Client>, Problem> {
        let has_tokens = downloads.iter().any(|of| of.client.starts_with("t:"));
        let tokens = match has_tokens {
            true => self.mirror.store.db.api_tokens().await,
            false => Ok(Vec::new()),
        };
        let tokens: BTreeMap<String, ApiToken> = tokens
            .map_err(broken_store)?
            .into_iter()
            .map(|token| (token.id.clone(), token))
            .collect();
        Ok(downloads
            .into_iter()
            .map(|download| {
                let (kind, client) = download.client.split_once(':').unwrap_or_default();
                let token = tokens.get(client);
                Client {
                    version: printable_up_to(&download.version, 256).into_owned(),
                    client: client.to_owned(),
                    kind: if kind == "t" { "token" } else { "address" },
                    label: token.map(|token| token.label.clone()),
                    person: token.map(|token| token.person.clone()),
                    agent: download.agent,
                    first_at: download.first_at,
                    last_at: download.last_at,
                    count: download.count,
                }
            })
            .collect())
    }
}

impl Client {
    /// In a word or two.
    pub(crate) fn called(&self) -> String {
        match (&self.label, &self.person) {
            (Some(label), Some(person)) => format!("{label} ({person})"),
            _ => self.client.clone(),
        }
    }
}
