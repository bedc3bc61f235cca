//! `/-/metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;

pub(super) async fn get(State(app): State<Arc<App>>) -> Response {
    match app.mirror.store.db.totals().await {
        Ok(totals) => app.metrics.store(totals),
        Err(error) => tracing::error!(%error, "the store could not be counted"),
    }
    match app.mirror.store.db.queue_state().await {
        Ok(counts) => app.metrics.inspections_queued(counts),
        Err(error) => tracing::error!(%error, "the queue of inspections could not be counted"),
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([("content-type", kind)], app.metrics.text()).into_response()
}
