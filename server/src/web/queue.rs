//! `/-/lazaret/queue`: everything that is held, sorted and filtered.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::QueueLine;

use super::{Frame, Page, ago, caller, path_to, shown, when};
use crate::api::Asked;
use crate::app::App;
use crate::mirror::broken_store;

/// Lines of one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "web/queue.html")]
struct Queue {
    frame: Frame,
    asked: Asked,
    rules: Vec<Counted>,
    all: u64,
    lines: Vec<Line>,
    earlier: Option<String>,
    later: Option<String>,
}

struct Counted {
    rule: String,
    count: u64,
    chosen: bool,
}

struct Line {
    id: String,
    path: String,
    outcome: String,
    rule: String,
    reason: String,
    since: String,
    until: String,
    waiting: u64,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let now = Timestamp::now();
    app.write_noted().await;
    let db = &app.mirror.store.db;
    let offset = asked.offset.unwrap_or(0).min(1_000_000);
    let lines = db.queue(&asked.filter(), now, PAGE + 1, offset).await;
    let mut lines = lines.map_err(broken_store)?;
    let more = lines.len() > PAGE as usize;
    lines.truncate(PAGE as usize);
    let counts = db.queue_counts(now).await.map_err(broken_store)?;
    let mut rules: Vec<Counted> = Vec::new();
    for (_, rule, count) in &counts {
        match rules.iter_mut().find(|counted| counted.rule == *rule) {
            Some(counted) => counted.count += count,
            None => rules.push(Counted {
                chosen: asked.rule == *rule,
                rule: rule.clone(),
                count: *count,
            }),
        }
    }
    rules.sort_by(|a, b| a.rule.cmp(&b.rule));
    let queue = Queue {
        frame: Frame::new(&caller, "queue"),
        all: counts.iter().map(|(_, _, count)| count).sum(),
        rules,
        lines: lines.into_iter().map(|line| Line::new(line, now)).collect(),
        earlier: (offset > 0).then(|| page(&asked, offset.saturating_sub(PAGE))),
        later: more.then(|| page(&asked, offset + PAGE)),
        asked,
    };
    shown(&queue)
}

/// The address of another page of the same list.
fn page(asked: &Asked, offset: u32) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("search", &asked.search)
        .append_pair("outcome", &asked.outcome)
        .append_pair("rule", &asked.rule)
        .append_pair("order", &asked.order)
        .append_pair("offset", &offset.to_string())
        .finish();
    format!("/-/lazaret/queue?{query}")
}

impl Line {
    fn new(line: QueueLine, now: Timestamp) -> Self {
        let held = line.held;
        let id = format!("{}@{}", held.name, held.version);
        Self {
            path: path_to("version", &id),
            id: printable_up_to(&id, 300).into_owned(),
            outcome: held.outcome,
            rule: held.rule,
            reason: held.reason,
            since: ago(held.since, now),
            until: held.until.map_or(String::new(), when),
            waiting: line.waiting,
        }
    }
}
