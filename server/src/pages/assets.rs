//! The style sheet and the icon of the pages.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

const ICON: &str = include_str!("../../assets/lazaret.svg");
const STYLE: &str = include_str!("../../assets/lazaret.css");

pub(super) async fn get(Path(file): Path<String>) -> Response {
    match file.as_str() {
        "lazaret.css" => (
            [
                ("content-type", "text/css; charset=utf-8"),
                ("cache-control", "public, max-age=3600"),
                ("x-content-type-options", "nosniff"),
            ],
            STYLE,
        )
            .into_response(),
        "lazaret.svg" => (
            [
                ("content-type", "image/svg+xml"),
                ("cache-control", "public, max-age=3600"),
                ("x-content-type-options", "nosniff"),
            ],
            ICON,
        )
            .into_response(),
        _ => Problem::no_route(&file).into_response(),
    }
}
