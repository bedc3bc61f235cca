//! `/-/healthz`: the process answers. `/-/readyz`: it can do its work.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::app::App;

pub(super) async fn alive() -> Response {
    ([("content-type", "application/json")], r#"{"status":"ok"}"#).into_response()
}

/// 503 while the database does not answer, and from the moment the server begins to stop.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let stopping = app.stopping.load(Ordering::Relaxed);
    let database = app.mirror.store.db.totals().await.is_ok();
    let status = if database && !stopping {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = serde_json::json!({
        "status": if status.is_success() { "ready" } else { "unavailable" },
        "database": database,
        "stopping": stopping,
        "advisories": app.mirror.rulebook.load().advisories.counts().rows,
    });
    (
        status,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}
