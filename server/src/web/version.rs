//! `/-/lazaret/version/{name}@{version}`: the verdict, all that it rests on, who has it, and the forms to decide.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{LogLine, ReviewDecision, ReviewFilter, ReviewRow};

use super::incidents::Line;
use super::inspection::{self, Inspected};
use super::{Frame, Page, caller, path_to, shown, when};
use crate::access::Caller;
use crate::app::App;
use crate::inventories::Project;
use crate::mirror::{Brought, Listing, broken_store};
use crate::pages::{parse_id, why};
use crate::who_has::Client;

/// Clients and lines of the log shown.
const CLIENTS: u32 = 50;
const LINES: u32 = 50;

#[derive(Template)]
#[template(path = "web/version.html")]
struct Version {
    frame: Frame,
    why: why::Why,
    package_path: String,
    package: String,
    /// As in forms: exactly as the packument spells it.
    id: String,
    diff_path: String,
    /// The bytes that are decided about; empty if they are not known yet.
    sha512: String,
    incidents: Vec<Line>,
    reviews: Vec<Review>,
    inspected: Option<Inspected>,
    brought: Vec<Dependency>,
    timeline: Vec<(String, String)>,
    has: Vec<Client>,
    has_more: bool,
    projects: Vec<Project>,
    more_projects: bool,
    waits: Vec<Client>,
}

/// A dependency that the version newly asks for.
struct Dependency {
    name: String,
    range: String,
    /// What it resolves to here; empty if to nothing that is known.
    version: String,
    path: String,
    outcome: &'static str,
    reason: String,
    inspected: bool,
}

impl From<Brought> for Dependency {
    fn from(brought: Brought) -> Self {
        let version = brought.version().unwrap_or_default();
        let (outcome, reason) = brought.verdict();
        Self {
            name: brought.name.to_string(),
            range: printable_up_to(&brought.range, 100).into_owned(),
            path: path_to("version", &format!("{}@{version}", brought.name)),
            version: printable_up_to(version, 256).into_owned(),
            outcome: outcome.as_str(),
            reason: reason.map_or(String::new(), |text| {
                printable_up_to(text, 300).into_owned()
            }),
            inspected: brought.was_inspected(),
        }
    }
}

/// A decision as pages show it.
pub(super) struct Review {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) word: &'static str,
    pub(super) outcome: &'static str,
    pub(super) person: String,
    pub(super) reason: String,
    pub(super) at: String,
    pub(super) until: String,
    pub(super) withdrawn: String,
    pub(super) in_force: bool,
    pub(super) may_withdraw: bool,
}

impl Review {
    pub(super) fn new(row: &ReviewRow, caller: &Caller, now: Timestamp) -> Self {
        let in_force = crate::deciding::is_in_force(row, now);
        let (word, outcome) = match row.decision {
            ReviewDecision::Approve { lifts_block: true } => ("waived", "allow"),
            ReviewDecision::Approve { .. } => ("approved", "allow"),
            ReviewDecision::Reject => ("rejected", "block"),
        };
        Self {
            id: row.id.clone(),
            subject: match &row.subject {
                lazaret_store::ReviewSubject::Version { version, .. } => {
                    printable_up_to(version, 256).into_owned()
                }
                lazaret_store::ReviewSubject::Range(range) => {
                    format!("every version in {}", printable_up_to(range, 256))
                }
            },
            word,
            outcome,
            person: row.person.clone(),
            reason: printable_up_to(&row.reason, 2000).into_owned(),
            at: when(row.at),
            until: row.expires_at.map_or(String::new(), when),
            withdrawn: row.withdrawn.as_ref().map_or(String::new(), |of| {
                let reason = printable_up_to(&of.reason, 2000);
                format!("{} by {}: {reason}", when(of.at), of.person)
            }),
            in_force,
            may_withdraw: in_force
                && caller.may_review()
                && (caller.is_admin() || caller.person == row.person),
        }
    }
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let (name, version) = parse_id(&id)?;
    let Some(version) = version else {
        return super::see(&path_to("package", name.as_str()));
    };
    let loaded = app.mirror.current(&name).await?;
    let version = of_tag(&loaded.listing, version);
    let why = why::of_version(&app, &loaded, version).await?;
    let past = app.mirror.past(&name).await?;
    let pinned = past.version(version).and_then(|row| row.sha512.clone());
    let offered = loaded.packument.entry(version);
    let offered = offered.and_then(|entry| loaded.packument.offered(entry)?.sha512_hex());
    let now = Timestamp::now();
    let db = &app.mirror.store.db;
    let filter = ReviewFilter {
        name: Some(name.clone()),
        ..ReviewFilter::default()
    };
    let reviews = db.reviews(&filter, 500).await.map_err(broken_store)?;
    let reviews: Vec<Review> = reviews
        .iter()
        .filter(|row| crate::deciding::concerns(row, version))
        .map(|row| Review::new(row, &caller, now))
        .collect();
    app.write_noted().await;
    let has = db.who_has(&name, &[version.to_owned()], CLIENTS).await;
    let has = has.map_err(broken_store)?;
    let versions = [version.to_owned()];
    let (projects, more_projects) = app.projects_with(&name, &versions, CLIENTS).await?;
    let waits = db.who_waits(&name, version, CLIENTS).await;
    let incidents = db.incidents_of(&name, version).await;
    let log = db.log_of(&name, version, LINES).await;
    let id = format!("{name}@{version}");
    let inspected = inspection::of(&app, &name, version).await?;
    let brought = match inspected.as_ref().filter(|of| !of.against.is_empty()) {
        Some(of) => app.mirror.brought(&loaded, &of.against, version).await,
        None => Vec::new(),
    };
    let page = Version {
        frame: Frame::new(&caller, "version"),
        timeline: timeline(&why, &log.map_err(broken_store)?),
        why,
        package_path: path_to("package", name.as_str()),
        package: name.to_string(),
        diff_path: path_to("diff", &id),
        sha512: pinned.or(offered).unwrap_or_default(),
        incidents: incidents
            .map_err(broken_store)?
            .iter()
            .map(Line::from)
            .collect(),
        reviews,
        inspected,
        brought: brought.into_iter().map(Dependency::from).collect(),
        has_more: has.more,
        projects,
        more_projects,
        has: app.clients(has.downloads).await?,
        waits: app.clients(waits.map_err(broken_store)?).await?,
        id,
    };
    shown(&page)
}

/// The version that a tag points at, or the version itself.
pub(super) fn of_tag<'a>(listing: &'a Listing, version: &'a str) -> &'a str {
    let by_tag = listing.tags.iter().find(|(tag, _)| tag == version);
    by_tag.map_or(version, |(_, target)| target)
}

/// What happened to a version, oldest first.
fn timeline(why: &why::Why, log: &[LogLine]) -> Vec<(String, String)> {
    let evidence = &why.evidence;
    let mut moments: Vec<(Timestamp, String)> = Vec::new();
    let mut add = |at: Option<Timestamp>, text: &str| {
        moments.extend(at.map(|at| (at, text.to_owned())));
    };
    add(evidence.published, "published, as the registry says");
    add(
        Some(evidence.first_contact),
        "the package was first seen here",
    );
    add(
        evidence.absent_at,
        "the package was last seen without this version",
    );
    add(evidence.pinned_at, "fetched and pinned to its bytes");
    add(evidence.served_first_at, "first served");
    add(evidence.served_last_at, "last served");
    for reason in &why.reasons {
        let text = format!("{} ends", reason.rule);
        add(reason.until, &text);
    }
    for line in log {
        let detail: serde_json::Value = serde_json::from_str(&line.detail).unwrap_or_default();
        let by = line
            .actor
            .as_deref()
            .map_or(String::new(), |actor| format!(" by {actor}"));
        let why = detail["reason"].as_str().map_or(String::new(), |reason| {
            format!(": {}", printable_up_to(reason, 300))
        });
        add(Some(line.time()), &format!("{}{by}{why}", line.kind));
    }
    moments.sort();
    moments
        .into_iter()
        .map(|(at, text)| (when(at), text))
        .collect()
}
