//! Logging in and out, and the first admin's account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use axum::{Extension, Form};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use lazaret_store::Secret;
use serde::Deserialize;

use super::{Page, sender, shown};
use crate::access::refuse_foreign;
use crate::app::{App, Peer};

#[derive(Default, Template)]
#[template(path = "web/login.html")]
struct LogIn {
    name: String,
    next: String,
    wrong: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    name: String,
    password: String,
    next: String,
}

pub(super) async fn get(Query(asked): Query<Filled>) -> Page {
    shown(&LogIn {
        next: asked.next,
        ..LogIn::default()
    })
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Page {
    refuse_foreign(&headers)?;
    let address = app.access.address(peer, &headers);
    let logged_in = app
        .access
        .log_in(&filled.name, filled.password, address)
        .await;
    match logged_in {
        Ok(secret) => begin(&app, &secret, own_path(&filled.next)),
        Err(problem) => {
            let mut page = shown(&LogIn {
                name: filled.name,
                next: filled.next,
                wrong: problem.text().to_owned(),
            })?;
            *page.status_mut() = problem.status();
            Ok(page)
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Out {
    form: String,
}

pub(super) async fn out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(out): Form<Out>,
) -> Page {
    let caller = sender(&app, &headers, &out.form).await?;
    app.access.log_out(&caller).await?;
    let cookie = app.access.clear_cookie();
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/-/lazaret/login")).into_response())
}

#[derive(Template)]
#[template(path = "web/setup.html")]
struct Setup {
    name: String,
    wrong: String,
}

pub(super) async fn setup(State(app): State<Arc<App>>, Path(secret): Path<String>) -> Page {
    app.access.check_setup(&secret)?;
    shown(&Setup {
        name: String::new(),
        wrong: String::new(),
    })
}

pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Page {
    refuse_foreign(&headers)?;
    let made = app
        .access
        .set_up(&secret, &filled.name, &filled.password)
        .await;
    match made {
        Ok(secret) => begin(&app, &secret, "/-/lazaret/"),
        Err(problem) if problem.status() == StatusCode::BAD_REQUEST => {
            let mut page = shown(&Setup {
                name: filled.name,
                wrong: problem.text().to_owned(),
            })?;
            *page.status_mut() = problem.status();
            Ok(page)
        }
        Err(problem) => Err(problem.into()),
    }
}

fn begin(app: &App, secret: &Secret, next: &str) -> Page {
    let cookie = app.access.set_cookie(secret);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// Where to go after logging in: to our own pages only, whatever the link said.
fn own_path(next: &str) -> &str {
    let is_ours = next.starts_with("/-/lazaret/")
        && next.len() <= 1024
        && !next.contains("//")
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { next } else { "/-/lazaret/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for ours in ["/-/lazaret/queue?search=a", "/-/lazaret/version/@s/n@1.0.0"] {
            assert_eq!(own_path(ours), ours);
        }
        for other in [
            "",
            "https://evil.invalid/-/lazaret/",
            "//evil.invalid/-/lazaret/",
            "/-/lazaret//evil.invalid",
            "/-/lazaret/\\evil.invalid",
            "/-/lazaret/\r\nset-cookie: a=b",
            "/chalk",
        ] {
            assert_eq!(own_path(other), "/-/lazaret/", "{other}");
        }
    }
}
