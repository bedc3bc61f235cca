//! Decisions: listed, shown, made, taken back.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_store::{ReviewDecision, ReviewFilter, ReviewRow, ReviewSubject};
use serde::{Deserialize, Serialize};

use super::{Path, Query, Reply, json, read};
use crate::app::App;
use crate::deciding::{Wanted, WantedOf};
use crate::mirror::broken_store;
use crate::pages::parse_id;
use crate::problem::Problem;

#[derive(Serialize)]
pub(super) struct Review {
    id: String,
    package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha512: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    decision: &'static str,
    /// Lifts a block.
    waiver: bool,
    reason: String,
    person: String,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    in_force: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<Withdrawn>,
}

#[derive(Serialize)]
struct Withdrawn {
    at: Timestamp,
    person: String,
    reason: String,
}

impl Review {
    pub(super) fn new(row: ReviewRow, now: Timestamp) -> Self {
        let in_force = crate::deciding::is_in_force(&row, now);
        let (version, sha512, range) = match row.subject {
            ReviewSubject::Version { version, sha512 } => (Some(version), Some(sha512), None),
            ReviewSubject::Range(range) => (None, None, Some(range)),
        };
        Self {
            id: row.id,
            package: row.name.to_string(),
            version,
            sha512,
            range,
            decision: row.decision.as_str(),
            waiver: row.decision == ReviewDecision::Approve { lifts_block: true },
            reason: row.reason,
            person: row.person,
            at: row.at,
            expires_at: row.expires_at,
            in_force,
            withdrawn: row.withdrawn.map(|withdrawn| Withdrawn {
                at: withdrawn.at,
                person: withdrawn.person,
                reason: withdrawn.reason,
            }),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Asked {
    package: Option<String>,
    in_force: Option<bool>,
    before: Option<Timestamp>,
    limit: Option<u32>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?;
    let name = asked.package.as_deref().map(PackageName::parse);
    let now = Timestamp::now();
    let filter = ReviewFilter {
        name: name
            .transpose()
            .map_err(|error| Problem::bad_request(error.to_string()))?,
        in_force: asked.in_force.unwrap_or(false).then_some(now),
        before: asked.before,
    };
    let limit = asked.limit.unwrap_or(100).min(500);
    let rows = app.mirror.store.db.reviews(&filter, limit).await;
    let rows = rows.map_err(broken_store)?.into_iter();
    let reviews: Vec<Review> = rows.map(|row| Review::new(row, now)).collect();
    json(200, &serde_json::json!({ "schema": 1, "reviews": reviews }))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Reply {
    app.access.by_token(&headers)?;
    let row = app.review(&id).await?;
    json(200, &Review::new(row, Timestamp::now()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewReview {
    /// `NAME@VERSION`, or with `range` the name alone.
    package: String,
    range: Option<String>,
    decision: String,
    #[serde(default)]
    waiver: bool,
    reason: String,
    expires_at: Option<Timestamp>,
    /// The bytes that were looked at.
    sha512: Option<String>,
}

pub(super) async fn make(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewReview = read(&body)?;
    let (name, version) = parse_id(&new.package)?;
    let of = match (version, new.range) {
        (Some(version), None) => WantedOf::Version(version.to_owned(), new.sha512),
        (None, Some(range)) => WantedOf::Range(range),
        _ => {
            return Err(Problem::bad_request(
                "say either which version, as in chalk@5.6.1, or a name and a range",
            ));
        }
    };
    let approve = match new.decision.as_str() {
        "approve" => true,
        "reject" => false,
        _ => return Err(Problem::bad_request("a decision is approve or reject")),
    };
    let wanted = Wanted {
        name,
        of,
        approve,
        waive: new.waiver,
        reason: new.reason,
        expires_at: new.expires_at,
    };
    let row = app.decide(&caller, wanted).await?;
    json(201, &Review::new(row, Timestamp::now()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWithdrawal {
    reason: String,
}

pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewWithdrawal = read(&body)?;
    let row = app.withdraw(&caller, &id, &new.reason).await?;
    json(200, &Review::new(row, Timestamp::now()))
}
