//! What projects say they install, and which of them have what turned out bad.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{Integrity, PackageName};
use lazaret_store::{
    Event, Inventory, InventoryChange, InventoryItem, MOST_ITEMS, ProjectHas, Severity, Write,
    random_id,
};
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// Largest report as it is sent, and unpacked.
pub(crate) const SENT: usize = 16 << 20;
const UNPACKED: usize = 128 << 20;

/// Packages of all projects that are judged at once.
const MOST_PACKAGES: u32 = 1_000_000;

/// Bad versions, and projects of one, that are told.
const MOST_BAD: usize = 500;
const MOST_PROJECTS: u32 = 5_000;

/// Steps of a way that are kept, counted from its end.
const MOST_STEPS: usize = 30;

/// What a project sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    schema: u32,
    project: String,
    lockfile: String,
    revision: Option<String>,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    name: String,
    version: String,
    /// As it is locked.
    integrity: Option<String>,
    source: String,
    scope: Scope,
    /// The shortest way to it, itself last.
    way: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Required,
    Optional,
    Development,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::Development => "development",
        }
    }
}

/// A project that has a version.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Project {
    pub(crate) version: String,
    pub(crate) project: String,
    pub(crate) lockfile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    pub(crate) reported_at: Timestamp,
    pub(crate) scope: String,
    /// The shortest way from the project to it.
    pub(crate) way: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha512: Option<String>,
}

impl From<ProjectHas> for Project {
    fn from(has: ProjectHas) -> Self {
        let shown = |text: &str| printable_up_to(text, 512).into_owned();
        let ProjectHas { inventory, item } = has;
        Self {
            version: shown(&item.version),
            project: shown(&inventory.project),
            lockfile: shown(&inventory.lockfile),
            revision: inventory.revision.as_deref().map(shown),
            reported_at: inventory.reported_at,
            scope: item.scope,
            way: item.way.split('>').map(shown).collect(),
            sha512: Some(item.sha512).filter(|sha512| !sha512.is_empty()),
        }
    }
}

/// A version that is blocked now and that projects have.
#[derive(Serialize)]
pub(crate) struct Affected {
    package: String,
    version: String,
    rule: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    projects: Vec<Project>,
    /// There are more projects than these.
    more: bool,
}

/// All of them.
#[derive(Serialize)]
pub(crate) struct AllAffected {
    schema: u32,
    affected: Vec<Affected>,
    /// There are more versions than these.
    more: bool,
}

/// Reads a body, which may be packed.
pub(crate) fn unpacked(headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let coding = headers
        .get(CONTENT_ENCODING)
        .map(http::HeaderValue::as_bytes);
    match coding {
        None | Some(b"identity") => Ok(body.to_vec()),
        Some(b"gzip") => {
            let mut unpacked = Vec::new();
            let read = MultiGzDecoder::new(body)
                .take(UNPACKED as u64 + 1)
                .read_to_end(&mut unpacked);
            match read {
                Ok(_) if unpacked.len() > UNPACKED => Err(Problem::too_large(UNPACKED)),
                Ok(_) => Ok(unpacked),
                Err(_) => Err(Problem::bad_request(
                    "the request body says it is gzip, and is not",
                )),
            }
        }
        Some(_) => Err(Problem::bad_request(
            "only gzip is understood as Content-Encoding of a request",
        )),
    }
}

impl Report {
    fn items(&self) -> Result<Vec<InventoryItem>, Problem> {
        if self.schema != 1 {
            return Err(Problem::bad_request(
                "only reports of schema 1 are understood",
            ));
        }
        if self.project.trim().is_empty() || self.lockfile.trim().is_empty() {
            return Err(Problem::bad_request(
                "a report needs the names of its project and of its lockfile",
            ));
        }
        if self.packages.len() > MOST_ITEMS {
            return Err(Problem::bad_request(format!(
                "a report may name {MOST_ITEMS} packages, this one names {}",
                self.packages.len()
            )));
        }
        // Once each, by what makes them one; the shortest way stays.
        let mut items: BTreeMap<(String, String, String, String), InventoryItem> = BTreeMap::new();
        for package in &self.packages {
            let is_registry = package.source == "registry";
            if is_registry && PackageName::parse(&package.name).is_err() {
                return Err(Problem::bad_request(format!(
                    "{} is no name that a registry has",
                    printable_up_to(&package.name, 256)
                )));
            }
            let integrity = package.integrity.as_deref();
            let integrity = integrity.and_then(|text| Integrity::parse(text).ok());
            let skipped = package.way.len().saturating_sub(MOST_STEPS);
            let item = InventoryItem {
                name: package.name.clone(),
                version: package.version.clone(),
                sha512: integrity.and_then(|of| of.sha512_hex()).unwrap_or_default(),
                source: package.source.clone(),
                scope: package.scope.as_str().to_owned(),
                way: package.way[skipped..].join(">"),
            };
            let key = (
                item.name.clone(),
                item.version.clone(),
                item.sha512.clone(),
                item.source.clone(),
            );
            items.entry(key).or_insert(item);
        }
        Ok(items.into_values().collect())
    }
}

impl App {
    /// Keeps a report in the place of the one before; gives how many packages it has.
    pub(crate) async fn keep_report(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: axum::body::Bytes,
    ) -> Result<usize, Problem> {
        let headers = headers.clone();
        let read = move || {
            let unpacked = unpacked(&headers, &body)?;
            let report: Report = serde_json::from_slice(&unpacked).map_err(|error| {
                Problem::bad_request(format!("the request's body is not right: {error}"))
            })?;
            let items = report.items()?;
            Ok::<_, Problem>((report, items))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (report, items) = read.map_err(|_| Problem::internal())??;
        let count = items.len();
        let inventory = Inventory {
            id: random_id().map_err(broken_store)?,
            project: report.project,
            lockfile: report.lockfile,
            revision: report.revision,
            reported_at: Timestamp::now(),
            reported_by: caller.person.clone(),
            packages: count as u64,
        };
        let change = InventoryChange::Reported(inventory, items);
        let written = self
            .mirror
            .store
            .write(vec![Write::Inventory(change)])
            .await;
        written.map_err(refused)?;
        Ok(count)
    }

    /// Forgets a project's lockfile, with a line in the log.
    pub(crate) async fn forget_inventory(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        let db = &self.mirror.store.db;
        let known = db.inventory(id).await.map_err(broken_store)?;
        let known = known.ok_or_else(|| Problem::gone("there is no such inventory"))?;
        let detail = serde_json::json!({ "project": known.project, "lockfile": known.lockfile });
        let acted = Write::Acted {
            actor: caller.person.clone(),
            event: Event {
                at: Timestamp::now(),
                severity: Severity::Info,
                kind: "inventory-forgotten".to_owned(),
                name: None,
                version: None,
                detail: detail.to_string(),
            },
        };
        let forgotten = Write::Inventory(InventoryChange::Forgotten { id: id.to_owned() });
        let written = self.mirror.store.write(vec![forgotten, acted]).await;
        written.map_err(refused)
    }

    /// Projects that have these versions; the second part says that there are more.
    pub(crate) async fn projects_with(
        &self,
        name: &PackageName,
        versions: &[String],
        limit: u32,
    ) -> Result<(Vec<Project>, bool), Problem> {
        let db = &self.mirror.store.db;
        let found = db.projects_with(name, versions, limit).await;
        let found = found.map_err(broken_store)?;
        let projects = found.projects.into_iter().map(Project::from);
        Ok((projects.collect(), found.more))
    }

    /// Everything that some project has and that is blocked by what is known now: advisories, the house's rules, inspections,
    /// people.
    pub(crate) async fn affected(&self) -> Result<AllAffected, Problem> {
        let db = &self.mirror.store.db;
        let reported = db
            .reported_packages(MOST_PACKAGES)
            .await
            .map_err(broken_store)?;
        let mirror = std::sync::Arc::clone(&self.mirror);
        let bad = tokio::task::spawn_blocking(move || mirror.turned_bad(reported)).await;
        let bad = bad.map_err(|_| Problem::internal())?;
        let mut affected: Vec<Affected> = Vec::new();
        let more = bad.len() > MOST_BAD;
        for (version, reason) in bad.into_iter().take(MOST_BAD) {
            let is_known = affected.last().is_some_and(|last| {
                last.package == version.name.as_str() && last.version == version.version
            });
            if is_known {
                continue;
            }
            let versions = std::slice::from_ref(&version.version);
            let (projects, more) = self
                .projects_with(&version.name, versions, MOST_PROJECTS)
                .await?;
            affected.push(Affected {
                package: version.name.to_string(),
                version: version.version,
                rule: reason.rule.to_owned(),
                reason: reason.text,
                url: reason.url,
                projects,
                more,
            });
        }
        Ok(AllAffected {
            schema: 1,
            affected,
            more,
        })
    }
}

fn refused(error: lazaret_store::WriteError) -> Problem {
    match error {
        lazaret_store::WriteError::Refused(_) | lazaret_store::WriteError::Conflict(_) => {
            Problem::bad_request(error.to_string())
        }
        error => broken_store(error),
    }
}

impl Project {
    /// `boat@1.0.0 > chalk@5.6.1`.
    pub(crate) fn told_way(&self) -> String {
        self.way.join(" > ")
    }
}
