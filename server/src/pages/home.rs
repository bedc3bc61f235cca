//! `/`: what this is and how to point a client at it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::{page, wants_html};
use crate::app::App;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    public_url: &'a str,
    upstream: &'a str,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let upstream = app.mirror.registry.url().host_str().unwrap_or_default();
    if wants_html(&headers) {
        let home = Home {
            public_url: &app.mirror.public_url,
            upstream,
        };
        return page(home.render());
    }
    let body = serde_json::json!({
        "name": "lazaret",
        "version": env!("CARGO_PKG_VERSION"),
        "registry": app.mirror.public_url,
    });
    ([("content-type", "application/json")], body.to_string()).into_response()
}
