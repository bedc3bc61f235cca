//! A proposed policy, tried on the past and on a lockfile.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use lazaret_store::Role;
use serde::Deserialize;

use super::{Reply, json, read};
use crate::app::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposed {
    /// TOML.
    policy: String,
    lockfile: Option<LockfileText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockfileText {
    /// `package-lock.json`, ...: says its form.
    file: String,
    text: String,
}

pub(super) async fn post(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Reply {
    app.access.by_token(&headers)?.needs(Role::Reviewer)?;
    let proposed: Proposed = read(&body)?;
    let lockfile = proposed.lockfile.as_ref();
    let lockfile = lockfile.map(|of| (of.file.as_str(), of.text.as_str()));
    let replayed = app.replay(&proposed.policy, lockfile).await?;
    json(200, &replayed)
}
