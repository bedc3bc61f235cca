//! A stored inspection, for people: what was found with its decoded evidence, and what the version can do and brings.

use std::collections::BTreeMap;

use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use serde::Deserialize;
use serde_json::Value;

use super::when;
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// Findings shown; the report has them all.
const FINDINGS: usize = 200;
/// Lines shown of each list.
const LINES: usize = 100;
/// Characters shown of one text.
const TEXT: usize = 2000;

/// What a page shows of an inspection.
pub(super) struct Inspected {
    pub(super) outcome: String,
    pub(super) summary: String,
    /// The version that it was compared with; empty if it was judged by itself.
    pub(super) against: String,
    pub(super) score: u64,
    pub(super) at: String,
    pub(super) inspector: String,
    pub(super) reasons: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) more_findings: usize,
    /// What it can do, with `+` where that is new and `-` where it is gone.
    pub(super) capabilities: Vec<(String, String)>,
    pub(super) scripts: Vec<Change>,
    pub(super) dependencies: Vec<Change>,
    pub(super) hosts: Vec<String>,
    pub(super) files: Vec<(&'static str, Vec<String>)>,
    pub(super) incomplete: Vec<String>,
}

pub(super) struct Finding {
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) phase: String,
    pub(super) novelty: String,
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) message: String,
    pub(super) evidence: String,
    pub(super) via: Vec<String>,
}

pub(super) struct Change {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// A report or a change, read leniently: it may be of an older or newer inspector.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    reasons: Vec<String>,
    findings: Vec<StoredFinding>,
    capabilities: Value,
    scripts: Value,
    dependencies: Vec<StoredDependency>,
    hosts: BTreeMap<String, Value>,
    paths: Paths,
    incomplete: Vec<StoredIncomplete>,
    archive: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredFinding {
    rule: String,
    severity: String,
    phase: String,
    novelty: String,
    place: Place,
    message: String,
    evidence: String,
    via: Vec<Place>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    file: String,
    line: u64,
    column: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredDependency {
    group: String,
    name: String,
    wanted: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paths {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredIncomplete {
    file: Option<String>,
    why: String,
}

/// The inspection of a version that is in force; `None` if there was none.
pub(super) async fn of(
    app: &App,
    name: &PackageName,
    version: &str,
) -> Result<Option<Inspected>, Problem> {
    let db = &app.mirror.store.db;
    let inspection = db.inspection(name, version).await.map_err(broken_store)?;
    let Some(inspection) = inspection else {
        return Ok(None);
    };
    let report = db.inspection_report(&inspection).await;
    let stored = match report.map_err(broken_store)? {
        Some(report) => tokio::task::spawn_blocking(move || {
            let json = report.json()?;
            Ok::<Stored, anyhow::Error>(serde_json::from_slice(&json)?)
        })
        .await
        .map_err(broken_store)?
        .unwrap_or_else(|error| {
            tracing::error!(%name, version, %error, "a stored report cannot be read");
            Stored::default()
        }),
        None => Stored::default(),
    };
    Ok(Some(Inspected {
        outcome: inspection.outcome,
        summary: text(&inspection.summary),
        against: inspection.against.as_deref().map_or(String::new(), text),
        score: inspection.score,
        at: when(inspection.inspected_at),
        inspector: inspection.inspector_version,
        ..shown(stored)
    }))
}

fn text(text: &str) -> String {
    printable_up_to(text, TEXT).into_owned()
}

fn shown(stored: Stored) -> Inspected {
    let mut incomplete: Vec<String> = stored
        .incomplete
        .iter()
        .take(LINES)
        .map(|of| match &of.file {
            Some(file) => text(&format!("{file}: {}", of.why)),
            None => text(&of.why),
        })
        .collect();
    incomplete.extend(stored.archive.iter().take(LINES).map(|line| text(line)));
    Inspected {
        outcome: String::new(),
        summary: String::new(),
        against: String::new(),
        score: 0,
        at: String::new(),
        inspector: String::new(),
        reasons: stored.reasons.iter().map(|reason| text(reason)).collect(),
        more_findings: stored.findings.len().saturating_sub(FINDINGS),
        findings: stored
            .findings
            .into_iter()
            .take(FINDINGS)
            .map(Finding::from)
            .collect(),
        capabilities: capabilities(&stored.capabilities),
        scripts: scripts(&stored.scripts),
        dependencies: stored
            .dependencies
            .into_iter()
            .take(LINES)
            .map(|of| Change {
                name: text(&format!("{} ({})", of.name, of.group)),
                before: of.before.as_deref().map_or(String::new(), text),
                after: of
                    .after
                    .or(of.wanted)
                    .as_deref()
                    .map_or(String::new(), text),
            })
            .collect(),
        hosts: stored
            .hosts
            .keys()
            .take(LINES)
            .map(|host| text(host))
            .collect(),
        files: [
            ("added", stored.paths.added),
            ("removed", stored.paths.removed),
            ("changed", stored.paths.changed),
        ]
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty())
        .map(|(what, paths)| {
            (
                what,
                paths.iter().take(LINES).map(|path| text(path)).collect(),
            )
        })
        .collect(),
        incomplete,
    }
}

impl From<StoredFinding> for Finding {
    fn from(of: StoredFinding) -> Self {
        let place = |place: &Place| match place.line {
            0 => text(&place.file),
            line => format!("{}:{line}", text(&place.file)),
        };
        Self {
            rule: text(&of.rule),
            severity: text(&of.severity),
            phase: text(&of.phase),
            novelty: text(&of.novelty),
            file: text(&of.place.file),
            line: of.place.line,
            column: of.place.column,
            message: text(&of.message),
            evidence: text(&of.evidence),
            via: of.via.iter().map(place).collect(),
        }
    }
}

/// `{capability: place}` of a report, or `{gained, lost}` of a change.
fn capabilities(value: &Value) -> Vec<(String, String)> {
    let all = |value: &Value, sign: &str| -> Vec<(String, String)> {
        let Some(fields) = value.as_object() else {
            return Vec::new();
        };
        fields
            .iter()
            .map(|(name, place)| {
                let file = place["file"].as_str().unwrap_or_default();
                let line = place["line"].as_u64().unwrap_or(0);
                let place = match line {
                    0 => text(file),
                    line => format!("{}:{line}", text(file)),
                };
                (format!("{sign}{}", text(name)), place)
            })
            .collect()
    };
    match value.get("gained").is_some() || value.get("lost").is_some() {
        true => {
            let mut capabilities = all(&value["gained"], "now: ");
            capabilities.extend(all(&value["lost"], "no longer: "));
            capabilities
        }
        false => all(value, ""),
    }
}

/// `{name: command}` of a report, or a list of changes.
fn scripts(value: &Value) -> Vec<Change> {
    let of = |value: &Value| value.as_str().map_or(String::new(), text);
    match value {
        Value::Object(fields) => fields
            .iter()
            .take(LINES)
            .map(|(name, command)| Change {
                name: text(name),
                before: String::new(),
                after: of(command),
            })
            .collect(),
        Value::Array(changes) => changes
            .iter()
            .take(LINES)
            .map(|change| Change {
                name: of(&change["name"]),
                before: of(&change["before"]),
                after: of(&change["after"]),
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Stored, shown};

    #[test]
    fn reports_and_changes_are_read_alike() {
        let report = r#"{"capabilities":{"network":{"file":"a.js","line":3,"column":1}},
            "scripts":{"postinstall":"node a.js"},"dependencies":[{"group":"dependencies","name":"x","wanted":"^1.0.0","line":2}],
            "findings":[{"rule":"wallet-swap","severity":"high","phase":"import","place":{"file":"a.js","line":7,"column":1},
                "message":"m\u001b[2J","evidence":"e","fingerprint":"00"}]}"#;
        let of_report = shown(serde_json::from_str(report).unwrap());
        assert_eq!(
            of_report.capabilities,
            [("network".into(), "a.js:3".into())]
        );
        assert_eq!(of_report.scripts[0].after, "node a.js");
        assert_eq!(of_report.dependencies[0].after, "^1.0.0");
        assert_eq!(of_report.findings[0].line, 7);
        assert!(!of_report.findings[0].message.contains('\u{1b}'));

        let change = r#"{"capabilities":{"gained":{"process":{"file":"b.js","line":0}},"lost":{}},
            "scripts":[{"name":"install","before":null,"after":"node b.js"}],
            "paths":{"added":["b.js"],"removed":[],"changed":["a.js"]},"hosts":{"drop.invalid":{}},
            "findings":[{"novelty":"new","rule":"x"}],"incomplete":[{"file":null,"why":"too deep","matters":true}]}"#;
        let of_change = shown(serde_json::from_str(change).unwrap());
        assert_eq!(
            of_change.capabilities,
            [("now: process".into(), "b.js".into())]
        );
        assert_eq!(of_change.scripts[0].name, "install");
        assert_eq!(of_change.files.len(), 2);
        assert_eq!(of_change.hosts, ["drop.invalid"]);
        assert_eq!(of_change.findings[0].novelty, "new");
        assert_eq!(of_change.incomplete, ["too deep"]);

        let strange: Stored = serde_json::from_str(r#"{"scripts":7,"capabilities":[]}"#).unwrap();
        assert!(shown(strange).scripts.is_empty());
    }
}
