//! `/-/lazaret/replay`: what a proposed policy would have done here, and would do to a lockfile.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::{HeaderMap, Uri};
use lazaret_policy::replay::{Change, Replay};
use lazaret_store::Role;
use serde::Deserialize;

use super::{Frame, Page, caller, path_to, sender, shown, when};
use crate::app::App;

#[derive(Template)]
#[template(path = "web/replay.html")]
struct Shown {
    frame: Frame,
    policy: String,
    file: String,
    since: String,
    parts: Vec<Part>,
}

/// What came of one of the two.
struct Part {
    title: &'static str,
    versions: u64,
    held_now: u64,
    held_then: u64,
    rules: Vec<(&'static str, u64, u64)>,
    newly_held: Vec<Line>,
    let_go: Vec<Line>,
    more_newly_held: u64,
    more_let_go: u64,
    remarks: Vec<String>,
}

struct Line {
    id: String,
    path: String,
    at: String,
    now: &'static str,
    then: &'static str,
    rule: &'static str,
    reason: String,
}

impl From<&Change> for Line {
    fn from(change: &Change) -> Self {
        Self {
            path: path_to("version", &change.id),
            id: change.id.clone(),
            at: when(change.at),
            now: change.now.as_str(),
            then: change.then.as_str(),
            rule: change.rule,
            reason: change.reason.clone(),
        }
    }
}

impl Part {
    fn new(title: &'static str, replay: &Replay, remarks: Vec<String>) -> Self {
        Self {
            title,
            versions: replay.versions,
            held_now: replay.held_now,
            held_then: replay.held_then,
            rules: replay
                .rules
                .iter()
                .map(|(rule, held)| (*rule, held.now, held.then))
                .collect(),
            newly_held: replay.newly_held.iter().map(Line::from).collect(),
            let_go: replay.let_go.iter().map(Line::from).collect(),
            more_newly_held: replay.more_newly_held,
            more_let_go: replay.more_let_go,
            remarks,
        }
    }
}

/// The form, with the policy in force to change.
pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    caller.needs(Role::Reviewer)?;
    let policy = toml::to_string(&*app.mirror.rulebook.load().policy).unwrap_or_default();
    shown(&Shown {
        frame: Frame::new(&caller, "settings"),
        policy,
        file: String::new(),
        since: String::new(),
        parts: Vec::new(),
    })
}

#[derive(Deserialize)]
pub(super) struct Proposed {
    form: String,
    policy: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    lockfile: String,
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(proposed): Form<Proposed>,
) -> Page {
    let caller = sender(&app, &headers, &proposed.form).await?;
    caller.needs(Role::Reviewer)?;
    let lockfile = match proposed.lockfile.trim().is_empty() {
        true => None,
        false => Some((proposed.file.as_str(), proposed.lockfile.as_str())),
    };
    let replayed = app.replay(&proposed.policy, lockfile).await?;
    let mut remarks = Vec::new();
    if replayed.history.left_out > 0 {
        remarks.push("Not everything was looked at: there is too much of it.".to_owned());
    }
    let mut parts = vec![Part::new(
        "In the last 90 days",
        &replayed.history.replay,
        remarks,
    )];
    if let Some(locked) = &replayed.lockfile {
        let mut remarks = Vec::new();
        let mut remark = |count: u64, what: &str| {
            if count > 0 {
                remarks.push(format!("{count} {what}"));
            }
        };
        remark(
            locked.unknown,
            "packages were never asked for here: how old their versions are is not known, and not judged.",
        );
        remark(
            locked.elsewhere,
            "entries do not come from a registry: no policy is about them.",
        );
        remark(
            locked.left_out,
            "versions were left out: this took too long.",
        );
        parts.push(Part::new("The lockfile, today", &locked.replay, remarks));
    }
    shown(&Shown {
        frame: Frame::new(&caller, "settings"),
        policy: proposed.policy,
        file: proposed.file,
        since: when(replayed.history.since),
        parts,
    })
}
