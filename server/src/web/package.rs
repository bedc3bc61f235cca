//! `/-/lazaret/package/{name}`: all versions with their verdicts, decisions on ranges, and search.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{ReviewFilter, ReviewSubject};
use serde::Deserialize;

use super::history::{self, History};
use super::version::Review;
use super::{Frame, Page, caller, path_to, see, shown, when};
use crate::app::App;
use crate::mirror::broken_store;
use crate::pages::parse_id;

/// Versions of one page.
const PAGE: usize = 200;

#[derive(Template)]
#[template(path = "web/package.html")]
struct Package {
    frame: Frame,
    name: String,
    path: String,
    tags: Vec<(String, String)>,
    versions: Vec<Version>,
    all: usize,
    held: usize,
    next: Option<usize>,
    reviews: Vec<Review>,
    history: Option<History>,
}

struct Version {
    version: String,
    path: String,
    outcome: &'static str,
    reason: String,
    published: String,
    inspected: String,
    downloads: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: usize,
    q: String,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let name = PackageName::parse(&name)
        .map_err(|error| crate::problem::Problem::bad_request(error.to_string()))?;
    let loaded = app.mirror.current(&name).await?;
    let past = app.mirror.past(&name).await?;
    let listing = &loaded.listing;
    let db = &app.mirror.store.db;
    let inspections = db.inspections_of(&name).await.map_err(broken_store)?;
    let history = match asked.from {
        0 => history::of(&app, &name, inspections.clone()).await?,
        _ => None,
    };
    let inspections: BTreeMap<String, String> = inspections
        .into_iter()
        .map(|of| (of.version, of.outcome))
        .collect();
    let mut entries: Vec<usize> = (0..loaded.packument.entries().len()).collect();
    let entry = |index: usize| &loaded.packument.entries()[index];
    entries.sort_by(|a, b| entry(*b).semver().cmp(&entry(*a).semver()));
    let versions = entries.iter().skip(asked.from).take(PAGE).map(|index| {
        let of = entry(*index);
        let verdict = listing.judged[*index].verdict.as_deref();
        let headline = verdict.and_then(|verdict| verdict.headline());
        Version {
            version: printable_up_to(of.version(), 256).into_owned(),
            path: path_to("version", &format!("{name}@{}", of.version())),
            outcome: verdict.map_or("allow", |verdict| verdict.outcome.as_str()),
            reason: headline.map_or(String::new(), |reason| {
                printable_up_to(&reason.text, 300).into_owned()
            }),
            published: of.published().map_or(String::new(), when),
            inspected: inspections.get(of.version()).cloned().unwrap_or_default(),
            downloads: past.version(of.version()).map_or(0, |row| row.served_count),
        }
    });
    let versions = versions.collect();
    let now = Timestamp::now();
    let filter = ReviewFilter {
        name: Some(name.clone()),
        ..ReviewFilter::default()
    };
    let reviews = db.reviews(&filter, 200).await.map_err(broken_store)?;
    let of_ranges = reviews
        .iter()
        .filter(|row| matches!(row.subject, ReviewSubject::Range(_)));
    let page = Package {
        frame: Frame::new(&caller, "package"),
        path: path_to("package", name.as_str()),
        name: name.to_string(),
        tags: listing
            .tags
            .iter()
            .map(|(tag, version)| {
                let tag = printable_up_to(tag, 80).into_owned();
                (tag, printable_up_to(version, 256).into_owned())
            })
            .collect(),
        versions,
        all: entries.len(),
        held: listing
            .judged
            .iter()
            .filter(|judged| judged.is_held())
            .count(),
        next: (asked.from + PAGE < entries.len()).then_some(asked.from + PAGE),
        reviews: of_ranges
            .map(|row| Review::new(row, &caller, now))
            .collect(),
        history,
    };
    shown(&page)
}

/// To the page of what was typed: a package, or one version of it.
pub(super) async fn search(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    caller(&app, &headers, &uri).await?;
    let asked = asked.q.trim();
    let (name, version) = parse_id(asked)?;
    match version {
        Some(version) => see(&path_to("version", &format!("{name}@{version}"))),
        None => see(&path_to("package", name.as_str())),
    }
}
