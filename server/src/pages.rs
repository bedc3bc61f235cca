//! Pages for people and answers for operators: everything under `/-/lazaret/`, health, metrics, and the front door.

mod assets;
mod health;
mod home;
mod inspected;
mod metrics;
pub(crate) mod why;

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;

use lazaret_npm::PackageName;

use crate::app::App;
use crate::problem::Problem;

/// Whether a path is answered here rather than by the npm API.
pub(crate) fn own(path: &str) -> bool {
    path == "/"
        || path.starts_with("/-/lazaret/")
        || matches!(path, "/-/healthz" | "/-/readyz" | "/-/metrics")
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        // People.
        .route("/", get(home::get))
        .route("/-/lazaret/why/{*id}", get(why::get))
        .route("/-/lazaret/assets/{file}", get(assets::get))
        // Operators.
        .route("/-/healthz", get(health::alive))
        .route("/-/readyz", get(health::ready))
        .route("/-/metrics", get(metrics::get))
        .merge(crate::web::router())
        .merge(crate::api::router())
        .fallback(async |uri: http::Uri| Problem::no_route(uri.path()))
        .method_not_allowed_fallback(async || Problem::method_not_allowed("GET, HEAD"))
        .with_state(app)
}

/// `NAME@VERSION`, or a name alone.
pub(crate) fn parse_id(id: &str) -> Result<(PackageName, Option<&str>), Problem> {
    let (name, version) = match id.rfind('@').filter(|at| *at > 0) {
        Some(at) => (&id[..at], Some(&id[at + 1..])),
        None => (id, None),
    };
    let name = PackageName::parse(name).map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok((name, version))
}

impl IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        self.reply().map(axum::body::Body::new)
    }
}

/// Nothing runs, nothing is loaded from elsewhere, nothing is embedded.
pub(crate) const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers of every HTML page: nothing runs, nothing is loaded from elsewhere, nothing is embedded.
fn page(html: askama::Result<String>) -> axum::response::Response {
    let html = match html {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            return Problem::internal().into_response();
        }
    };
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", CONTENT_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-cache"),
        ("vary", "accept"),
    ];
    (headers, html).into_response()
}

/// Browsers name HTML in `Accept`; npm, curl and scripts do not.
fn wants_html(headers: &http::HeaderMap) -> bool {
    headers
        .get(http::header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
