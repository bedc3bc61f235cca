//! Who asks, and their tokens.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use lazaret_store::{ApiToken, Role};
use serde::{Deserialize, Serialize};

use super::{Path, Reply, json, read};
use crate::app::App;
use crate::problem::Problem;

#[derive(Serialize)]
struct Account<'a> {
    schema: u32,
    person: &'a str,
    role: &'static str,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let account = Account {
        schema: 1,
        person: &caller.person,
        role: caller.role.as_str(),
    };
    json(200, &account)
}

#[derive(Serialize)]
struct Token {
    id: String,
    person: String,
    label: String,
    role: &'static str,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

impl From<ApiToken> for Token {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            person: token.person,
            label: token.label,
            role: token.role.as_str(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
        }
    }
}

pub(super) async fn tokens(State(app): State<Arc<App>>, headers: HeaderMap) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let tokens = app.access.tokens_of(&caller).await?;
    let tokens: Vec<Token> = tokens.into_iter().map(Token::from).collect();
    json(200, &serde_json::json!({ "schema": 1, "tokens": tokens }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    label: String,
    role: String,
    days: i64,
}

pub(super) async fn make_token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewToken = read(&body)?;
    let role = role(&new.role)?;
    let (token, secret) = app
        .access
        .new_token(&caller, &new.label, role, new.days)
        .await?;
    let made = serde_json::json!({
        "schema": 1,
        "token": Token::from(token),
        "secret": secret.reveal(),
    });
    json(201, &made)
}

pub(super) async fn revoke_token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    app.access.revoke_token(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| Problem::bad_request("a role is reader, reviewer or admin"))
}
