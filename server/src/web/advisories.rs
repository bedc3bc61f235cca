//! `/-/lazaret/advisories`: how old they are, how many, and what is known of one package.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use lazaret_policy::advisory::Suspicion;
use lazaret_policy::{Advisory, Kind};
use serde::Deserialize;

use super::{Frame, Page, ago, caller, path_to, shown, when};
use crate::app::App;
use crate::problem::Problem;

/// Advisories shown of one package.
const SHOWN: usize = 200;

/// Longest text shown, in characters.
const TEXT: usize = 1000;

#[derive(Template)]
#[template(path = "web/advisories.html")]
struct Advisories {
    frame: Frame,
    rows: usize,
    malicious: usize,
    packages: usize,
    built: String,
    newest: String,
    newest_age: String,
    package: String,
    package_path: String,
    is_asked: bool,
    found: Vec<Found>,
    more: usize,
}

/// One advisory.
struct Found {
    id: String,
    kind: &'static str,
    outcome: &'static str,
    severity: String,
    score: String,
    summary: String,
    affected: String,
    fixed: String,
    aliases: String,
    cwes: String,
    url: String,
    modified: String,
    known_since: String,
    withdrawn: String,
    suspicion: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    package: String,
    id: String,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let now = Timestamp::now();
    let rulebook = app.mirror.rulebook.load();
    let index = &rulebook.advisories;
    let counts = index.counts();
    let newest = index.newest_modified();
    let name = match asked.package.trim() {
        "" => None,
        name => Some(
            PackageName::parse(name).map_err(|error| Problem::bad_request(error.to_string()))?,
        ),
    };
    let mut advisories = name
        .as_ref()
        .map_or_else(Vec::new, |name| index.for_package(name));
    if !asked.id.is_empty() {
        advisories.retain(|of| *of.id == *asked.id);
    }
    advisories.sort_by(|a, b| (b.kind, b.modified, &a.id).cmp(&(a.kind, a.modified, &b.id)));
    shown(&Advisories {
        frame: Frame::new(&caller, "advisories"),
        rows: counts.rows,
        malicious: counts.malicious,
        packages: counts.packages,
        built: when(index.built_at()),
        newest: newest.map_or(String::new(), when),
        newest_age: newest.map_or_else(|| "never".to_owned(), |at| ago(at, now)),
        package_path: name
            .as_ref()
            .map_or(String::new(), |name| path_to("package", name.as_str())),
        package: name.as_ref().map_or(String::new(), ToString::to_string),
        is_asked: name.is_some(),
        more: advisories.len().saturating_sub(SHOWN),
        found: advisories
            .iter()
            .take(SHOWN)
            .map(|of| Found::from(&**of))
            .collect(),
    })
}

impl From<&Advisory> for Found {
    fn from(of: &Advisory) -> Self {
        let text = |text: &str| printable_up_to(text, TEXT).into_owned();
        let (kind, outcome) = match of.kind {
            Kind::Malicious => ("malicious", "block"),
            Kind::Vulnerability => ("vulnerability", "quarantine"),
        };
        let aliases: Vec<&str> = of.aliases.iter().map(|alias| &**alias).collect();
        let fixed: Vec<String> = of.fixed_versions().map(ToString::to_string).collect();
        let cwes: Vec<String> = of.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
        Self {
            id: of.id.to_string(),
            kind,
            outcome: if of.withdrawn.is_some() {
                "note"
            } else {
                outcome
            },
            severity: of
                .severity
                .map_or(String::new(), |severity| severity.as_str().to_owned()),
            score: of
                .cvss
                .as_ref()
                .map_or(String::new(), |cvss| format!("{:.1}", cvss.score)),
            summary: text(&of.summary),
            affected: match of.is_whole_package() {
                true => "every version".to_owned(),
                false => text(&of.vulnerable_range()),
            },
            fixed: text(&fixed.join(", ")),
            aliases: aliases.join(", "),
            cwes: cwes.join(", "),
            // Only what leads somewhere by https becomes a link.
            url: of
                .url()
                .filter(|url| url.starts_with("https://"))
                .unwrap_or_default(),
            modified: when(of.modified),
            known_since: of.known_since.map_or(String::new(), when),
            withdrawn: of.withdrawn.map_or(String::new(), when),
            suspicion: match of.suspicion {
                None => "",
                Some(Suspicion::StaleReport) => {
                    "A first report said every version; a later one names these."
                }
                Some(Suspicion::Unclear) => "The record does not say clearly which versions.",
            },
        }
    }
}
