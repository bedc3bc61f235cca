//! `/-/lazaret/settings`: the policy in force.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::{HeaderMap, Uri};
use lazaret_policy::RULES;
use serde_json::Value;

use super::{Frame, Page, caller, shown, when};
use crate::app::App;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "web/settings.html")]
struct Settings {
    frame: Frame,
    rules: Vec<Rule>,
    lists: Vec<(String, String)>,
    public_url: String,
    upstream: String,
    approvals: usize,
    session_hours: u64,
    download_days: u64,
    advisories: String,
}

struct Rule {
    id: &'static str,
    title: &'static str,
    settings: Vec<(String, String)>,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let rulebook = app.mirror.rulebook.load();
    let policy = serde_json::to_value(&*rulebook.policy).map_err(|error| {
        tracing::error!(%error, "the policy could not be written");
        Problem::internal()
    })?;
    let Value::Object(mut tables) = policy else {
        return Err(Problem::internal().into());
    };
    let rules = RULES.iter().map(|rule| Rule {
        id: rule.id,
        title: rule.title,
        settings: settings(tables.remove(rule.id)),
    });
    let rules = rules.collect();
    let lists = tables
        .into_iter()
        .map(|(key, value)| (key, value_of(&value)))
        .collect();
    let people = &app.access.settings;
    let advisories = rulebook.advisories.newest_modified();
    shown(&Settings {
        frame: Frame::new(&caller, "settings"),
        rules,
        lists,
        public_url: app.mirror.public_url.clone(),
        upstream: app
            .mirror
            .registry
            .url()
            .host_str()
            .unwrap_or_default()
            .to_owned(),
        approvals: people.approvals,
        session_hours: people.session.as_secs() / 3600,
        download_days: people.keep_downloads.as_secs() / 86400,
        advisories: advisories.map_or_else(|| "none".to_owned(), when),
    })
}

/// A rule's table, a line each; entries of its lists, too.
fn settings(table: Option<Value>) -> Vec<(String, String)> {
    match table {
        Some(Value::Object(fields)) => fields
            .iter()
            .map(|(key, value)| (key.clone(), value_of(value)))
            .collect(),
        Some(Value::Array(entries)) => entries
            .iter()
            .map(|entry| (String::new(), value_of(entry)))
            .collect(),
        Some(value) => vec![(String::new(), value_of(&value))],
        None => Vec::new(),
    }
}

fn value_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value_of).collect();
            items.join(", ")
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key} {}", value_of(value)))
                .collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}
