//! Who downloaded which versions of a package.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageName, Range, Version};
use lazaret_store::{ApiToken, Download, Incident};
use serde::Serialize;

use crate::app::App;
use crate::inventories::Project;
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
    /// Projects that reported a version in the range.
    pub(crate) projects: Vec<Project>,
    /// There are more projects than these.
    pub(crate) more_projects: bool,
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
        let is_meant = |version: &String| match (&parsed, Version::parse(version)) {
            (Some(range), Ok(version)) => range.satisfies_including_prereleases(&version),
            _ => version == range,
        };
        versions.retain(is_meant);
        let mut reported = db.reported_versions(name).await.map_err(broken_store)?;
        reported.retain(is_meant);
        reported.sort_by_cached_key(|version| Version::parse(version).ok());
        let (projects, more_projects) = self.projects_with(name, &reported, MOST).await?;
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
            projects,
            more_projects,
        })
    }

    /// Clients by the names that people know them by.
    pub(crate) async fn clients(&self, downloads: Vec<Download>) -> Result<Vec<Client>, Problem> {
        let has_tokens = downloads.iter().any(|of| of.client.starts_with("t:"));
        let tokens = self.tokens(has_tokens).await?;
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

/// A client that an incident concerns.
#[derive(Serialize)]
pub(crate) struct Concerned {
    /// An address, or the id of a token.
    pub(crate) client: String,
    /// `address` or `token`.
    kind: &'static str,
    /// What a token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// For whom a token acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    pub(crate) agent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_at: Option<Timestamp>,
    pub(crate) count: u64,
    /// When an audit of it last named the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audited_at: Option<Timestamp>,
}

impl App {
    async fn tokens(&self, are_needed: bool) -> Result<BTreeMap<String, ApiToken>, Problem> {
        if !are_needed {
            return Ok(BTreeMap::new());
        }
        let tokens = self.mirror.store.db.api_tokens().await;
        let tokens = tokens.map_err(broken_store)?.into_iter();
        Ok(tokens.map(|token| (token.id.clone(), token)).collect())
    }

    /// Whom an incident concerns: at most `limit`.
    pub(crate) async fn clients_of(
        &self,
        incident: &Incident,
        limit: u32,
    ) -> Result<Vec<Concerned>, Problem> {
        let rows = self.mirror.store.db.incident_clients(&incident.id, limit);
        let rows = rows.await.map_err(broken_store)?;
        let has_tokens = rows.iter().any(|of| of.client.starts_with("t:"));
        let tokens = self.tokens(has_tokens).await?;
        let concerned = rows.into_iter().map(|row| {
            let (kind, client) = row.client.split_once(':').unwrap_or_default();
            let token = tokens.get(client);
            Concerned {
                client: client.to_owned(),
                kind: if kind == "t" { "token" } else { "address" },
                label: token.map(|token| token.label.clone()),
                person: token.map(|token| token.person.clone()),
                agent: row.agent,
                first_at: row.first_at,
                last_at: row.last_at,
                count: row.count,
                audited_at: row.audited_at,
            }
        });
        Ok(concerned.collect())
    }
}

impl Concerned {
    /// In a word or two.
    pub(crate) fn called(&self) -> String {
        match (&self.label, &self.person) {
            (Some(label), Some(person)) => format!("{label} ({person})"),
            _ => self.client.clone(),
        }
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
