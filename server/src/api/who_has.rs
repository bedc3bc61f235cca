//! Who downloaded what.

use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;

use super::{Path, Reply, json};
use crate::app::App;
use crate::pages::parse_id;

pub(super) async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(package): Path<String>,
) -> Reply {
    app.access.by_token(&headers)?;
    let (name, range) = parse_id(&package)?;
    json(200, &app.who_has(&name, range.unwrap_or("*")).await?)
}
