//! The audit log, by pages and whole.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;

use super::{Query, Reply, json};
use crate::app::App;
use crate::mirror::broken_store;

/// Lines read at once for the export.
const PART: u32 = 1000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: Option<i64>,
    before: Option<i64>,
    limit: Option<u32>,
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?;
    let limit = asked.limit.unwrap_or(100).min(1000);
    let db = &app.mirror.store.db;
    let lines = match asked.after {
        Some(after) => db.log_after(after, limit).await,
        None => db.log_before(asked.before.unwrap_or(i64::MAX), limit).await,
    };
    let lines = lines.map_err(broken_store)?;
    json(200, &serde_json::json!({ "schema": 1, "lines": lines }))
}

pub(super) async fn export(State(app): State<Arc<App>>, headers: HeaderMap) -> Reply {
    app.access.by_token(&headers)?;
    let parts = futures_util::stream::try_unfold((app, 0), |(app, after)| async move {
        let lines = app.mirror.store.db.log_after(after, PART).await;
        let lines = lines.map_err(std::io::Error::other)?;
        let Some(last) = lines.last().map(|line| line.id) else {
            return Ok::<_, std::io::Error>(None);
        };
        let mut part = Vec::new();
        for line in &lines {
            serde_json::to_writer(&mut part, line)?;
            part.push(b'\n');
        }
        Ok(Some((Bytes::from(part), (app, last))))
    });
    let headers = [
        ("content-type", "application/x-ndjson"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}
