//! Incidents: listed, shown with who is concerned, closed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::Incident;
use serde::{Deserialize, Serialize};

use super::{Path, Query, Reply, json, read};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// Clients told of one incident.
const CLIENTS: u32 = 5000;

#[derive(Serialize)]
struct Told {
    id: String,
    package: String,
    version: String,
    rule: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    opened_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    served_first_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    served_last_at: Option<Timestamp>,
    served_count: u64,
    /// How many are on record.
    clients: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Closed>,
}

#[derive(Serialize)]
struct Closed {
    at: Timestamp,
    person: String,
    reason: String,
}

impl From<Incident> for Told {
    fn from(incident: Incident) -> Self {
        Self {
            id: incident.id,
            package: incident.name.to_string(),
            version: printable_up_to(&incident.version, 256).into_owned(),
            rule: incident.rule,
            reason: incident.reason,
            url: incident.url,
            opened_at: incident.opened_at,
            served_first_at: incident.served_first_at,
            served_last_at: incident.served_last_at,
            served_count: incident.served_count,
            clients: incident.clients,
            closed: incident.closed.map(|closing| Closed {
                at: closing.at,
                person: closing.person,
                reason: closing.reason,
            }),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Reply {
    app.access.by_token(&headers)?;
    let is_open = match asked.state.as_deref() {
        None | Some("open") => true,
        Some("closed") => false,
        Some(_) => return Err(Problem::bad_request("the state is open or closed")),
    };
    let limit = asked.limit.unwrap_or(100).min(500);
    let incidents = app.mirror.store.db.incidents(is_open, limit).await;
    let incidents: Vec<Told> = incidents
        .map_err(broken_store)?
        .into_iter()
        .map(Told::from)
        .collect();
    json(
        200,
        &serde_json::json!({ "schema": 1, "incidents": incidents }),
    )
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Reply {
    app.access.by_token(&headers)?;
    let incident = app.incident(&id).await?;
    let who = app.clients_of(&incident, CLIENTS).await?;
    let told = Told::from(incident);
    json(
        200,
        &serde_json::json!({ "schema": 1, "incident": told, "who": who }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClosing {
    reason: String,
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Reply {
    let caller = app.access.by_token(&headers)?;
    let new: NewClosing = read(&body)?;
    let incident = app.close_incident(&caller, &id, &new.reason).await?;
    json(200, &Told::from(incident))
}
