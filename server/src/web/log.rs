//! `/-/lazaret/log`: what people and lazaret did, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use http::{HeaderMap, Uri};
use lazaret_npm::text::printable_up_to;
use lazaret_store::LogLine;
use serde::Deserialize;

use super::{Frame, Page, caller, path_to, shown, when};
use crate::app::App;
use crate::mirror::broken_store;

/// Lines of one page.
const PAGE: u32 = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "web/log.html")]
struct Log {
    frame: Frame,
    lines: Vec<Line>,
    older: Option<i64>,
}

pub(super) struct Line {
    pub(super) id: i64,
    pub(super) at: String,
    pub(super) actor: String,
    pub(super) kind: String,
    pub(super) severity: String,
    pub(super) subject: String,
    pub(super) path: String,
    /// `key: value` of the detail.
    pub(super) detail: Vec<(String, String)>,
    pub(super) hash: String,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let before = asked.before.unwrap_or(i64::MAX);
    let lines = app.mirror.store.db.log_before(before, PAGE).await;
    let lines = lines.map_err(broken_store)?;
    let older = lines.last().map(|line| line.id).filter(|id| *id > 1);
    shown(&Log {
        frame: Frame::new(&caller, "log"),
        lines: lines.into_iter().map(Line::from).collect(),
        older,
    })
}

impl From<LogLine> for Line {
    fn from(line: LogLine) -> Self {
        let subject = match (&line.name, &line.version) {
            (Some(name), Some(version)) => format!("{name}@{version}"),
            (Some(name), None) => name.clone(),
            _ => String::new(),
        };
        let page = if line.version.is_some() {
            "version"
        } else {
            "package"
        };
        Self {
            id: line.id,
            at: when(line.time()),
            actor: line.actor.unwrap_or_default(),
            path: path_to(page, &subject),
            subject: printable_up_to(&subject, 300).into_owned(),
            kind: line.kind,
            severity: line.severity,
            detail: detail(&line.detail),
            hash: line.hash.unwrap_or_default().chars().take(12).collect(),
        }
    }
}

/// The fields of a line's detail, in words. What is not an object is shown as it is.
fn detail(json: &str) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(json) else {
        return vec![(String::new(), printable_up_to(json, 400).into_owned())];
    };
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| {
            let text = match value {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            (key, printable_up_to(&text, 400).into_owned())
        })
        .collect()
}
