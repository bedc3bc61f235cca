//! `/-/lazaret/`: what waits, what was refused lately and to whom, and whether all is well.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::{HeaderMap, Uri};
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::text::printable_up_to;
use lazaret_store::{LetGo, QueueFilter, QueueLine};

use super::incidents::Line;
use super::{Frame, Page, ago, caller, path_to, shown, when};
use crate::app::App;
use crate::mirror::broken_store;

/// Refusals read, and lines shown of them and of the queue.
const REFUSALS: u32 = 2000;
const SHOWN: usize = 12;

#[derive(Template)]
#[template(path = "web/overview.html")]
struct Overview {
    frame: Frame,
    incidents: Vec<Line>,
    quarantined: u64,
    blocked: u64,
    rules: Vec<(String, u64)>,
    waiting: Vec<Waiting>,
    refused: Vec<Refused>,
    let_go: Vec<Aged>,
    all_let_go: u64,
    packages: u64,
    pins: u64,
    gibibytes: String,
    advisories: usize,
    advisories_age: String,
}

struct Waiting {
    id: String,
    path: String,
    outcome: String,
    reason: String,
    clients: u64,
}

/// A version that time alone let go.
struct Aged {
    id: String,
    path: String,
    rule: String,
    at: String,
    served: u64,
    inspected: String,
}

impl From<LetGo> for Aged {
    fn from(of: LetGo) -> Self {
        let id = format!("{}@{}", of.name, of.version);
        Self {
            path: path_to("version", &id),
            id: printable_up_to(&id, 300).into_owned(),
            rule: of.rule,
            at: when(of.at),
            served: of.served,
            inspected: of.inspected.unwrap_or_default(),
        }
    }
}

struct Refused {
    id: String,
    path: String,
    clients: Vec<String>,
    more: usize,
    last: String,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let now = Timestamp::now();
    app.write_noted().await;
    let db = &app.mirror.store.db;
    let counts = db.queue_counts(now).await.map_err(broken_store)?;
    let of = |outcome: &str| {
        let counts = counts.iter().filter(|(of, ..)| of == outcome);
        counts.map(|(_, _, count)| count).sum()
    };
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    for (_, rule, count) in &counts {
        *rules.entry(rule.clone()).or_default() += count;
    }
    let filter = QueueFilter::default();
    let waiting = db.queue(&filter, now, SHOWN as u32, 0).await;
    let waiting = waiting.map_err(broken_store)?;
    let incidents = db.incidents(true, SHOWN as u32).await;
    let incidents = incidents.map_err(broken_store)?;
    let totals = db.totals().await.map_err(broken_store)?;
    let let_go = db.let_go(a_week_before(now), now, SHOWN as u32).await;
    let (let_go, all_let_go) = let_go.map_err(broken_store)?;
    let rulebook = app.mirror.rulebook.load();
    let newest = rulebook.advisories.newest_modified();
    let overview = Overview {
        frame: Frame::new(&caller, "overview"),
        incidents: incidents.iter().map(Line::from).collect(),
        quarantined: of("quarantine"),
        blocked: of("block"),
        rules: rules.into_iter().collect(),
        waiting: waiting.into_iter().map(Waiting::from).collect(),
        refused: refused(&app, now).await?,
        let_go: let_go.into_iter().map(Aged::from).collect(),
        all_let_go,
        packages: totals.packages,
        pins: totals.pins,
        gibibytes: format!("{:.1}", totals.bytes as f64 / f64::from(1 << 30)),
        advisories: rulebook.advisories.counts().rows,
        advisories_age: match newest {
            Some(at) => ago(at, now),
            None => "never".to_owned(),
        },
    };
    shown(&overview)
}

impl From<QueueLine> for Waiting {
    fn from(line: QueueLine) -> Self {
        let id = format!("{}@{}", line.held.name, line.held.version);
        Self {
            path: path_to("version", &id),
            id: printable_up_to(&id, 300).into_owned(),
            outcome: line.held.outcome,
            reason: line.held.reason,
            clients: line.waiting,
        }
    }
}

fn a_week_before(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * 7))
        .unwrap_or(Timestamp::MIN)
}

/// The versions refused in the last week, the last one first.
async fn refused(app: &App, now: Timestamp) -> Result<Vec<Refused>, super::Fault> {
    let since = a_week_before(now);
    let rows = app.mirror.store.db.refusals_since(since, REFUSALS).await;
    let rows = rows.map_err(broken_store)?;
    let ids: Vec<String> = rows
        .iter()
        .map(|row| format!("{}@{}", row.name, row.version))
        .collect();
    let clients = app.clients(rows).await?;
    let mut refused: Vec<Refused> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (id, client) in ids.into_iter().zip(clients) {
        let place = *places.entry(id.clone()).or_insert_with(|| {
            refused.push(Refused {
                path: path_to("version", &id),
                id: printable_up_to(&id, 300).into_owned(),
                clients: Vec::new(),
                more: 0,
                last: when(client.last_at),
            });
            refused.len() - 1
        });
        let of = &mut refused[place];
        match of.clients.len() < 3 {
            true => of.clients.push(client.called()),
            false => of.more += 1,
        }
    }
    refused.truncate(SHOWN);
    Ok(refused)
}
