//! Who has an account here.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_store::Role;
use serde::{Deserialize, Serialize};

use super::account::role;
use super::{Path, Reply, json, read};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

#[derive(Serialize)]
struct Person {
    name: String,
    role: &'static str,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<Timestamp>,
}

impl From<lazaret_store::Person> for Person {
    fn from(person: lazaret_store::Person) -> Self {
        Self {
            name: person.name,
            role: person.role.as_str(),
            created_at: person.created_at,
            disabled_at: person.disabled_at,
            locked_until: person.locked_until,
        }
    }
}

pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Reply {
    app.access.by_token(&headers)?.needs(Role::Admin)?;
    let people = app.mirror.store.db.people().await.map_err(broken_store)?;
    let people: Vec<Person> = people.into_iter().map(Person::from).collect();
    json(200, &serde_json::json!({ "schema": 1, "people": people }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    name: String,
    role: String,
    password: String,
}

pub(super) async fn add(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewPerson = read(&body)?;
    let role = role(&new.role)?;
    app.access
        .add_person(&caller, &new.name, role, &new.password)
        .await?;
    shown(&app, 201, &new.name.trim().to_lowercase()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    role: String,
}

pub(super) async fn set_role(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
    body: Bytes,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewRole = read(&body)?;
    let role = role(&new.role)?;
    app.access.set_role(&caller, &name, role).await?;
    shown(&app, 200, &name).await
}

pub(super) async fn disable(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    app.access.disable(&caller, &name).await?;
    shown(&app, 200, &name).await
}

async fn shown(app: &App, status: u16, name: &str) -> Reply {
    let person = app.mirror.store.db.person(name).await;
    let person = person
        .map_err(broken_store)?
        .ok_or_else(|| Problem::gone("there is no such person"))?;
    json(status, &Person::from(person))
}
