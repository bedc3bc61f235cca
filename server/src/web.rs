//! Pages for people who log in: what waits, the evidence, and forms to decide. Everything works without JavaScript, so
//! there is none.

mod account;
mod advisories;
mod decide;
mod diff;
mod fault;
mod history;
mod incidents;
mod inspection;
mod log;
mod log_in;
mod overview;
mod package;
mod people;
mod queue;
mod replay;
mod settings;
mod version;
mod webhooks;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::access::Caller;
use crate::app::App;
use crate::pages::CONTENT_POLICY;
use crate::problem::Problem;
use fault::Fault;

/// Largest form.
const FORM: usize = 64 << 10;

type Page = Result<Response, Fault>;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/-/lazaret/", get(overview::get))
        .route("/-/lazaret/queue", get(queue::get))
        .route("/-/lazaret/version/{*id}", get(version::get))
        .route("/-/lazaret/diff/{*id}", get(diff::get))
        .route("/-/lazaret/package/{*name}", get(package::get))
        .route("/-/lazaret/search", get(package::search))
        .route("/-/lazaret/log", get(log::get))
        .route("/-/lazaret/settings", get(settings::get))
        .route("/-/lazaret/advisories", get(advisories::get))
        .route("/-/lazaret/incidents", get(incidents::list))
        .route("/-/lazaret/incident/{id}", get(incidents::get))
        .route("/-/lazaret/incidents/close", post(incidents::close))
        .route(
            "/-/lazaret/replay",
            get(replay::get)
                .post(replay::post)
                .layer(DefaultBodyLimit::max(crate::api::LOCKFILE)),
        )
        .route("/-/lazaret/decide", post(decide::make))
        .route("/-/lazaret/withdraw", post(decide::withdraw))
        // Accounts.
        .route("/-/lazaret/login", get(log_in::get).post(log_in::post))
        .route("/-/lazaret/logout", post(log_in::out))
        .route(
            "/-/lazaret/setup/{secret}",
            get(log_in::setup).post(log_in::set_up),
        )
        .route("/-/lazaret/account", get(account::get))
        .route("/-/lazaret/account/password", post(account::password))
        .route("/-/lazaret/account/token", post(account::token))
        .route("/-/lazaret/account/revoke", post(account::revoke))
        .route(
            "/-/lazaret/webhooks",
            get(webhooks::get).post(webhooks::post),
        )
        .route("/-/lazaret/people", get(people::get).post(people::post))
        .layer(DefaultBodyLimit::max(FORM))
}

/// What every page shows round its own.
struct Frame {
    person: String,
    role: &'static str,
    form_token: String,
    may_review: bool,
    is_admin: bool,
    /// Which page of the navigation this is.
    here: &'static str,
}

impl Frame {
    fn new(caller: &Caller, here: &'static str) -> Self {
        Self {
            person: caller.person.clone(),
            role: caller.role.as_str(),
            form_token: caller.form_token.clone(),
            may_review: caller.may_review(),
            is_admin: caller.is_admin(),
            here,
        }
    }
}

/// Who looks at a page; whoever is not logged in is sent to do so and comes back.
async fn caller(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Caller, Fault> {
    match app.access.by_cookie(headers).await? {
        Some(caller) => Ok(caller),
        None => Err(Fault::LogIn(uri.to_string())),
    }
}

/// Who sent a form, which must be one of this session.
async fn sender(app: &App, headers: &HeaderMap, form_token: &str) -> Result<Caller, Fault> {
    crate::access::refuse_foreign(headers)?;
    let caller = app.access.by_cookie(headers).await?;
    let caller = caller.ok_or_else(|| Fault::LogIn("/-/lazaret/".to_owned()))?;
    caller.check_form(form_token)?;
    Ok(caller)
}

/// A page for one person: kept by nobody, and nothing runs in it or comes from elsewhere.
fn shown(template: &impl Template) -> Page {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        Problem::internal()
    })?;
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", CONTENT_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("vary", "cookie"),
    ];
    Ok((headers, html).into_response())
}

/// After a form: the page that shows what it did.
fn see(path: &str) -> Page {
    Ok(Redirect::to(path).into_response())
}

/// A path under `/-/lazaret/` with a name or an id at its end.
pub(crate) fn path_to(page: &str, id: &str) -> String {
    const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'@')
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'+');
    format!("/-/lazaret/{page}/{}", utf8_percent_encode(id, IN_PATH))
}

/// `2026-11-22 03:19 UTC`.
fn when(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment that may be unknown.
fn maybe(time: Option<Timestamp>) -> String {
    time.map_or(String::new(), when)
}

/// How long ago, in the largest unit that says something.
fn ago(time: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(time).as_mins();
    let (count, unit) = match minutes {
        ..=0 => return "just now".to_owned(),
        1..=89 => (minutes, "minute"),
        90..=2159 => ((minutes + 30) / 60, "hour"),
        _ => ((minutes + 720) / 1440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::{ago, path_to, when};
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn times_are_told_in_words() {
        let now: Timestamp = "2026-11-22T03:19:59Z".parse().unwrap();
        assert_eq!(when(now), "2026-11-22 03:19 UTC");
        let told = |minutes| ago(now - SignedDuration::from_mins(minutes), now);
        assert_eq!(told(-5), "just now");
        assert_eq!(told(1), "1 minute ago");
        assert_eq!(told(89), "89 minutes ago");
        assert_eq!(told(100), "2 hours ago");
        assert_eq!(told(60 * 24 * 3), "3 days ago");
    }

    #[test]
    fn what_is_a_version_here_stays_one_part_of_the_address() {
        assert_eq!(
            path_to("version", "@scope/name@1.0.0-a+b"),
            "/-/lazaret/version/@scope/name@1.0.0-a+b"
        );
        assert_eq!(
            path_to("version", "x@1?#<\"\u{202e}"),
            "/-/lazaret/version/x@1%3F%23%3C%22%E2%80%AE"
        );
    }
}
