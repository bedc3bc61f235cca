//! What projects install.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::Role;
use serde::{Deserialize, Serialize};

use super::{Path, Query, Reply, json};
use crate::app::App;
use crate::mirror::broken_store;

#[derive(Serialize)]
struct Inventory {
    id: String,
    project: String,
    lockfile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    reported_at: Timestamp,
    reported_by: String,
    packages: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    limit: Option<u32>,
    offset: Option<u32>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?;
    let limit = asked.limit.unwrap_or(100).min(500);
    let db = &app.mirror.store.db;
    let rows = db.inventories(limit, asked.offset.unwrap_or(0)).await;
    let shown = |text: &str| printable_up_to(text, 512).into_owned();
    let inventories: Vec<Inventory> = rows
        .map_err(broken_store)?
        .into_iter()
        .map(|row| Inventory {
            id: row.id,
            project: shown(&row.project),
            lockfile: shown(&row.lockfile),
            revision: row.revision.as_deref().map(shown),
            reported_at: row.reported_at,
            reported_by: row.reported_by,
            packages: row.packages,
        })
        .collect();
    json(
        200,
        &serde_json::json!({ "schema": 1, "inventories": inventories }),
    )
}

pub(super) async fn report(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let packages = app.keep_report(&caller, &headers, body).await?;
    json(
        201,
        &serde_json::json!({ "schema": 1, "packages": packages }),
    )
}

pub(super) async fn forget(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    caller.needs(Role::Reviewer)?;
    app.forget_inventory(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn affected(State(app): State<Arc<App>>, headers: HeaderMap) -> Reply {
    app.access.by_token(&headers)?;
    json(200, &app.affected().await?)
}
