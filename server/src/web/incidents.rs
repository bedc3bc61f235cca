//! `/-/lazaret/incidents`: what was handed out and turned out bad; and one incident with those who have it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use http::{HeaderMap, Uri};
use lazaret_npm::text::printable_up_to;
use lazaret_store::Incident;
use serde::Deserialize;

use super::{Frame, Page, caller, path_to, see, sender, shown, when};
use crate::app::App;
use crate::mirror::broken_store;
use crate::who_has::Concerned;

/// Incidents of each kind, and clients, on a page.
const SHOWN: u32 = 200;
const CLIENTS: u32 = 1000;

#[derive(Template)]
#[template(path = "web/incidents.html")]
struct All {
    frame: Frame,
    open: Vec<Line>,
    closed: Vec<Line>,
}

#[derive(Template)]
#[template(path = "web/incident.html")]
struct One {
    frame: Frame,
    line: Line,
    version_path: String,
    url: String,
    clients: Vec<Concerned>,
    more: u64,
}

/// An incident as pages show it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) version: String,
    pub(super) rule: String,
    pub(super) reason: String,
    pub(super) opened: String,
    pub(super) served: u64,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) clients: u64,
    pub(super) closed: String,
}

impl From<&Incident> for Line {
    fn from(incident: &Incident) -> Self {
        let version = format!("{}@{}", incident.name, incident.version);
        Self {
            id: incident.id.clone(),
            path: path_to("incident", &incident.id),
            version: printable_up_to(&version, 300).into_owned(),
            rule: incident.rule.clone(),
            reason: incident.reason.clone(),
            opened: when(incident.opened_at),
            served: incident.served_count,
            first: incident.served_first_at.map_or(String::new(), when),
            last: incident.served_last_at.map_or(String::new(), when),
            clients: incident.clients,
            closed: incident.closed.as_ref().map_or(String::new(), |closing| {
                let reason = printable_up_to(&closing.reason, 2000);
                format!("{} by {}: {reason}", when(closing.at), closing.person)
            }),
        }
    }
}

pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let db = &app.mirror.store.db;
    let open = db.incidents(true, SHOWN).await.map_err(broken_store)?;
    let closed = db.incidents(false, SHOWN).await.map_err(broken_store)?;
    shown(&All {
        frame: Frame::new(&caller, "incidents"),
        open: open.iter().map(Line::from).collect(),
        closed: closed.iter().map(Line::from).collect(),
    })
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let incident = app.incident(&id).await?;
    let clients = app.clients_of(&incident, CLIENTS).await?;
    let version = format!("{}@{}", incident.name, incident.version);
    shown(&One {
        frame: Frame::new(&caller, "incidents"),
        line: Line::from(&incident),
        version_path: path_to("version", &version),
        // Only what leads somewhere by https becomes a link.
        url: incident
            .url
            .clone()
            .filter(|url| url.starts_with("https://"))
            .unwrap_or_default(),
        more: incident.clients.saturating_sub(clients.len() as u64),
        clients,
    })
}

#[derive(Deserialize)]
pub(super) struct Closing {
    form: String,
    id: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Closing>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    app.close_incident(&caller, &form.id, &form.reason).await?;
    see(&path_to("incident", &form.id))
}
