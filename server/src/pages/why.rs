//! `/-/lazaret/why/{name}@{version}`: the verdict, its reasons and the evidence. Every refusal links here.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_policy::{Outcome, Verdict};
use serde::Serialize;

use super::inspected::{self, Inspection};
use super::{page, parse_id, wants_html};
use crate::app::App;
use crate::mirror::{Loaded, held};
use crate::problem::Problem;

const ALLOWED: Verdict = Verdict {
    outcome: Outcome::Allow,
    reasons: Vec::new(),
    changes_at: None,
};

/// The answer, as JSON `"schema": 1` and as a page.
#[derive(Serialize, Template)]
#[template(path = "why.html")]
pub(crate) struct Why {
    pub(crate) schema: u32,
    pub(crate) id: String,
    pub(crate) outcome: &'static str,
    pub(crate) reasons: Vec<Reason>,
    /// The version that a range resolves to instead, for versions that are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instead: Option<String>,
    /// What it does, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inspection: Option<Inspection>,
    pub(crate) evidence: Evidence,
}

#[derive(Serialize)]
pub(crate) struct Reason {
    pub(crate) rule: &'static str,
    pub(crate) effect: &'static str,
    pub(crate) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// What the verdict rests on. Absent fields are unknown.
#[derive(Serialize)]
pub(crate) struct Evidence {
    /// What the registry says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<Timestamp>,
    /// When this installation first asked for the package.
    pub(crate) first_contact: Timestamp,
    /// The last time the package was seen here without this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) absent_at: Option<Timestamp>,
    /// The checksums the registry offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) integrity: Option<String>,
    /// The bytes this version is pinned to here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha512: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pinned_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) served_first_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) served_last_at: Option<Timestamp>,
    /// Downloads through this mirror.
    pub(crate) served_count: u64,
    /// Tags that point at this version, by the publisher.
    pub(crate) tags: Vec<String>,
    /// Whether the registry's document lists it.
    pub(crate) listed: bool,
    /// The upstream could not be asked lately.
    pub(crate) stale: bool,
}

/// The whole package, when no version is named.
#[derive(Serialize, Template)]
#[template(path = "why_package.html")]
struct WhyPackage {
    schema: u32,
    name: String,
    allowed: usize,
    /// As served, after repair.
    tags: BTreeMap<String, String>,
    withheld: Vec<Withheld>,
}

#[derive(Serialize)]
struct Withheld {
    id: String,
    outcome: &'static str,
    text: String,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match answer(&app, &id, wants_html(&headers)).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: &Arc<App>, id: &str, html: bool) -> Result<Response, Problem> {
    let (name, version) = parse_id(id)?;
    let loaded = app.mirror.current(&name).await?;
    let Some(version) = version else {
        return Ok(shown(of_package(&loaded), html));
    };
    let by_tag = loaded.listing.tags.iter().find(|(tag, _)| tag == version);
    let version = by_tag.map_or(version, |(_, target)| target);
    Ok(shown(of_version(app, &loaded, version).await?, html))
}

fn shown<T: Serialize + Template>(answer: T, html: bool) -> Response {
    if html {
        return page(answer.render());
    }
    match serde_json::to_string_pretty(&answer) {
        Ok(body) => (
            [("content-type", "application/json"), ("vary", "accept")],
            body,
        )
            .into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

pub(crate) async fn of_version(
    app: &Arc<App>,
    loaded: &Loaded,
    version: &str,
) -> Result<Why, Problem> {
    let listing = &loaded.listing;
    let name = &listing.name;
    app.mirror.written(name).await;
    let past = app.mirror.past(name).await?;
    let row = past.version(version);
    let entry = loaded.packument.entry(version);
    if entry.is_none() && row.is_none() {
        return Err(listing.no_version(version));
    }
    let verdict = match listing.version(version) {
        Some(judged) => judged.verdict.as_deref().cloned(),
        None => row.map(|row| app.mirror.judge_vanished(listing, row, &past)),
    };
    let verdict = verdict.unwrap_or(ALLOWED);
    let instead = verdict.outcome.is_held().then(|| {
        let view = listing.view(&loaded.packument);
        let instead = view.instead_of(version)?;
        Some(printable_up_to(instead, 256).into_owned())
    });
    let tags = loaded.packument.tags().iter();
    Ok(Why {
        schema: 1,
        id: format!("{name}@{}", printable_up_to(version, 256)),
        outcome: verdict.outcome.as_str(),
        reasons: verdict.reasons.iter().map(reason).collect(),
        instead: instead.flatten(),
        inspection: inspected::of(&app.mirror, name, version).await?,
        evidence: Evidence {
            published: entry.and_then(|entry| entry.published()),
            first_contact: listing.first_contact,
            absent_at: row.and_then(|row| row.absent_at),
            integrity: entry
                .and_then(|entry| loaded.packument.offered(entry))
                .map(|offered| offered.to_string()),
            sha512: row.and_then(|row| row.sha512.clone()),
            pinned_at: row.and_then(|row| row.pinned_at),
            served_first_at: row.and_then(|row| row.served_first_at),
            served_last_at: row.and_then(|row| row.served_last_at),
            served_count: row.map_or(0, |row| row.served_count),
            tags: tags
                .filter(|(_, target)| target == version)
                .map(|(tag, _)| printable_up_to(tag, 80).into_owned())
                .collect(),
            listed: entry.is_some(),
            stale: listing.is_stale(),
        },
    })
}

fn reason(reason: &lazaret_policy::Reason) -> Reason {
    Reason {
        rule: reason.rule,
        effect: reason.effect.as_str(),
        text: printable_up_to(&reason.text, 600).into_owned(),
        until: reason.until,
        url: reason.url.clone().filter(|url| url.starts_with("https://")),
    }
}

fn of_package(loaded: &Loaded) -> WhyPackage {
    let listing = &loaded.listing;
    let withheld: Vec<Withheld> = held(&loaded.packument, &listing.judged)
        .into_iter()
        .filter_map(|(entry, verdict)| {
            let text = &verdict.headline()?.text;
            Some(Withheld {
                id: format!("{}@{}", listing.name, printable_up_to(entry.version(), 256)),
                outcome: verdict.outcome.as_str(),
                text: printable_up_to(text, 600).into_owned(),
            })
        })
        .collect();
    WhyPackage {
        schema: 1,
        name: listing.name.to_string(),
        allowed: loaded.packument.entries().len() - withheld.len(),
        tags: listing
            .tags
            .iter()
            .map(|(tag, version)| {
                let tag = printable_up_to(tag, 80).into_owned();
                (tag, printable_up_to(version, 256).into_owned())
            })
            .collect(),
        withheld,
    }
}
