//! Webhooks: what was delivered, and a test.

use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_store::{Delivery, Role};
use serde::{Deserialize, Serialize};

use super::{Path, Query, Reply, json};
use crate::app::App;
use crate::mirror::broken_store;

#[derive(Serialize)]
struct Told {
    id: String,
    webhook: String,
    event: String,
    state: &'static str,
    created_at: Timestamp,
    not_before: Timestamp,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    body: String,
}

impl From<Delivery> for Told {
    fn from(of: Delivery) -> Self {
        Self {
            id: of.id,
            webhook: of.hook,
            event: of.event,
            state: of.state.as_str(),
            created_at: of.created_at,
            not_before: of.not_before,
            attempts: of.attempts,
            status: of.status,
            error: of.error,
            ended_at: of.ended_at,
            body: of.body,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    limit: Option<u32>,
}

pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?.needs(Role::Admin)?;
    let limit = asked.limit.unwrap_or(100).min(500);
    let deliveries = app.mirror.store.db.deliveries(limit).await;
    let deliveries = deliveries.map_err(broken_store)?.into_iter();
    let deliveries: Vec<Told> = deliveries.map(Told::from).collect();
    json(
        200,
        &serde_json::json!({ "schema": 1, "deliveries": deliveries }),
    )
}

pub(super) async fn test(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let id = app.test_webhook(&caller, &name).await?;
    json(202, &serde_json::json!({ "schema": 1, "delivery": id }))
}
