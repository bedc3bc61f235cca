//! `/-/lazaret/account`: one's own password and tokens.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_store::{ApiToken, Role};
use serde::Deserialize;

use super::{Fault, Frame, Page, caller, see, sender, shown, when};
use crate::access::Caller;
use crate::app::App;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "web/account.html")]
struct Account {
    frame: Frame,
    tokens: Vec<Token>,
    /// The text of a token that was just made.
    made: String,
    roles: Vec<&'static str>,
}

struct Token {
    id: String,
    label: String,
    person: String,
    role: &'static str,
    expires: String,
    ended: bool,
}

impl Token {
    fn new(token: ApiToken, now: Timestamp) -> Self {
        Self {
            ended: token.revoked_at.is_some() || token.expires_at <= now,
            id: token.id,
            label: token.label,
            person: token.person,
            role: token.role.as_str(),
            expires: when(token.revoked_at.unwrap_or(token.expires_at)),
        }
    }
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    page(&app, &caller, String::new()).await
}

async fn page(app: &App, caller: &Caller, made: String) -> Page {
    let now = Timestamp::now();
    let tokens = app.access.tokens_of(caller).await?;
    let roles = Role::ALL.into_iter().filter(|role| *role <= caller.role);
    shown(&Account {
        frame: Frame::new(caller, "account"),
        tokens: tokens
            .into_iter()
            .map(|token| Token::new(token, now))
            .collect(),
        made,
        roles: roles.map(Role::as_str).collect(),
    })
}

#[derive(Deserialize)]
pub(super) struct Passwords {
    form: String,
    old: String,
    new: String,
}

pub(super) async fn password(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Passwords>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    app.access
        .change_password(&caller, form.old, &form.new)
        .await?;
    see("/-/lazaret/login")
}

#[derive(Deserialize)]
pub(super) struct NewToken {
    form: String,
    label: String,
    role: String,
    days: i64,
}

pub(super) async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<NewToken>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    let role = Role::parse(&form.role).ok_or_else(|| Problem::bad_request("no such role"))?;
    let (_, secret) = app
        .access
        .new_token(&caller, &form.label, role, form.days)
        .await?;
    // Not after a redirect: it is in this one answer and nowhere else.
    page(&app, &caller, secret.reveal().to_owned()).await
}

#[derive(Deserialize)]
pub(super) struct Revoke {
    form: String,
    id: String,
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Revoke>,
) -> Result<axum::response::Response, Fault> {
    let caller = sender(&app, &headers, &form.form).await?;
    app.access.revoke_token(&caller, &form.id).await?;
    see("/-/lazaret/account")
}
