//! What is held, and all that is known of one version.

use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{QueueFilter, QueueLine, QueueOrder, ReviewFilter};
use serde::{Deserialize, Serialize};

use super::reviews::Review;
use super::{Path, Query, Reply, json};
use crate::app::App;
use crate::mirror::broken_store;
use crate::pages::{parse_id, why};
use crate::problem::Problem;

/// What is asked for of the queue; empty texts ask for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) search: String,
    pub(crate) outcome: String,
    pub(crate) rule: String,
    pub(crate) order: String,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u32>,
}

impl Asked {
    pub(crate) fn filter(&self) -> QueueFilter {
        // What PostgreSQL would not take as text matches nothing anyway.
        let text = |text: &str| text.replace('\0', "\u{fffd}");
        QueueFilter {
            search: text(&self.search),
            outcome: text(&self.outcome),
            rule: text(&self.rule),
            order: match self.order.as_str() {
                "newest" => QueueOrder::Newest,
                "name" => QueueOrder::Name,
                _ => QueueOrder::Waiting,
            },
        }
    }
}

#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    version: String,
    outcome: String,
    rule: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    since: Timestamp,
    /// Clients that asked for it.
    waiting: u64,
}

impl From<QueueLine> for Line {
    fn from(line: QueueLine) -> Self {
        let held = line.held;
        let version = printable_up_to(&held.version, 256).into_owned();
        Self {
            id: format!("{}@{version}", held.name),
            name: held.name.to_string(),
            version,
            outcome: held.outcome,
            rule: held.rule,
            reason: held.reason,
            until: held.until,
            since: held.since,
            waiting: line.waiting,
        }
    }
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?;
    let limit = asked.limit.unwrap_or(100).min(500);
    let offset = asked.offset.unwrap_or(0);
    app.write_noted().await;
    let queue = app
        .mirror
        .store
        .db
        .queue(&asked.filter(), Timestamp::now(), limit, offset)
        .await
        .map_err(broken_store)?;
    let queue: Vec<Line> = queue.into_iter().map(Line::from).collect();
    json(200, &serde_json::json!({ "schema": 1, "queue": queue }))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Reply {
    app.access.by_token(&headers)?;
    let (name, version) = parse_id(&id)?;
    let version =
        version.ok_or_else(|| Problem::bad_request("ask for a version, as in chalk@5.6.1"))?;
    let loaded = app.mirror.current(&name).await?;
    let why = why::of_version(&app, &loaded, version).await?;
    let filter = ReviewFilter {
        name: Some(name),
        ..ReviewFilter::default()
    };
    let reviews = app.mirror.store.db.reviews(&filter, 500).await;
    let now = Timestamp::now();
    let reviews: Vec<Review> = reviews
        .map_err(broken_store)?
        .into_iter()
        .filter(|row| crate::deciding::concerns(row, version))
        .map(|row| Review::new(row, now))
        .collect();
    json(
        200,
        &serde_json::json!({ "schema": 1, "verdict": why, "reviews": reviews }),
    )
}
