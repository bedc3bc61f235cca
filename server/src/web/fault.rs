//! What a page says when it cannot be shown.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::shown;
use crate::problem::Problem;

pub(super) enum Fault {
    /// Log in first, then come back here.
    LogIn(String),
    Problem(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

#[derive(Template)]
#[template(path = "web/problem.html")]
struct Told<'a> {
    title: &'a str,
    text: &'a str,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::LogIn(next) => {
                let query: String = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("next", &next)
                    .finish();
                return Redirect::to(&format!("/-/lazaret/login?{query}")).into_response();
            }
            Self::Problem(problem) => problem,
        };
        let status = problem.status();
        let told = Told {
            title: match status {
                StatusCode::FORBIDDEN => "Not allowed",
                StatusCode::NOT_FOUND => "Not here",
                StatusCode::CONFLICT => "Not like this",
                StatusCode::TOO_MANY_REQUESTS => "Too many requests",
                status if status.is_client_error() => "Not understood",
                _ => "Something failed",
            },
            text: problem.text(),
        };
        match shown(&told) {
            Ok(mut response) => {
                *response.status_mut() = status;
                response
            }
            Err(_) => problem.into_response(),
        }
    }
}
