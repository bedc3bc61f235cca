//! What the versions of a package could do, one after the other: a small chart, and a table that says the same.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageName, Version};
use lazaret_store::Inspection;
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// Versions shown, the newest; and capabilities.
const VERSIONS: usize = 30;
const CAPABILITIES: usize = 16;

/// Largest report read for it, in bytes.
const REPORT: u64 = 8 << 20;

/// The size of the chart's parts, in pixels.
const LABEL: usize = 130;
const CELL: usize = 18;
const FOOT: usize = 22;

/// The chart and the table.
pub(super) struct History {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) labels: Vec<Label>,
    pub(super) cells: Vec<Cell>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) foot: usize,
    pub(super) start: usize,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Label {
    pub(super) y: usize,
    pub(super) text: String,
}

pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) class: &'static str,
    pub(super) title: String,
}

pub(super) struct Line {
    pub(super) version: String,
    pub(super) gained: String,
    pub(super) lost: String,
    pub(super) all: String,
}

/// One version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Step {
    version: String,
    has: BTreeSet<String>,
    gained: BTreeSet<String>,
    lost: BTreeSet<String>,
}

/// As much of a report as is needed, read leniently.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    capabilities: Value,
}

/// Of the inspections of a package; `None` if fewer than two were made.
pub(super) async fn of(
    app: &App,
    name: &PackageName,
    mut inspections: Vec<Inspection>,
) -> Result<Option<History>, Problem> {
    inspections.retain(|of| Version::parse(&of.version).is_ok());
    inspections.sort_by_cached_key(|of| Version::parse(&of.version).ok());
    inspections.drain(..inspections.len().saturating_sub(VERSIONS));
    if inspections.len() < 2 {
        return Ok(None);
    }
    let mut known = Vec::new();
    for inspection in inspections {
        let report = app.mirror.store.db.inspection_report(&inspection).await;
        let report = report.map_err(broken_store)?;
        if let Some(report) = report.filter(|report| report.len <= REPORT) {
            known.push((inspection, report));
        }
    }
    let name = name.clone();
    let steps = tokio::task::spawn_blocking(move || {
        let read = known.into_iter().filter_map(|(inspection, report)| {
            let stored = report
                .json()
                .and_then(|json| Ok(serde_json::from_slice::<Stored>(&json)?));
            match stored {
                Ok(stored) => Some((inspection.version, inspection.against, stored.capabilities)),
                Err(error) => {
                    tracing::error!(%name, %error, "a stored report cannot be read");
                    None
                }
            }
        });
        steps(read)
    });
    Ok(drawn(&steps.await.map_err(broken_store)?))
}

/// What each version has: as it was found by itself, or what changed since the version that it was compared with.
fn steps(read: impl Iterator<Item = (String, Option<String>, Value)>) -> Vec<Step> {
    let keys = |value: &Value| -> BTreeSet<String> {
        let keys = value.as_object().into_iter().flat_map(|map| map.keys());
        keys.map(|key| printable_up_to(key, 40).into_owned())
            .collect()
    };
    let mut steps: Vec<Step> = Vec::new();
    for (version, against, capabilities) in read {
        let mut step = Step {
            version,
            ..Step::default()
        };
        let base = |against: &str| steps.iter().find(|step| step.version == against);
        match against {
            Some(against) => {
                step.gained = keys(&capabilities["gained"]);
                step.lost = keys(&capabilities["lost"]);
                let before = base(&against).map(|base| base.has.clone());
                step.has = before.unwrap_or_default();
                step.has.extend(step.gained.iter().cloned());
                step.has
                    .retain(|capability| !step.lost.contains(capability));
            }
            None => step.has = keys(&capabilities),
        }
        steps.push(step);
    }
    steps
}

fn drawn(steps: &[Step]) -> Option<History> {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for step in steps {
        for capability in step.has.iter().chain(&step.lost) {
            rows.entry(capability).or_default();
        }
    }
    while rows.len() > CAPABILITIES {
        rows.pop_last();
    }
    if rows.is_empty() || steps.len() < 2 {
        return None;
    }
    for (row, place) in rows.values_mut().enumerate() {
        *place = row * CELL;
    }
    let shown = |version: &str| printable_up_to(version, 40).into_owned();
    let mut cells = Vec::new();
    for (column, step) in steps.iter().enumerate() {
        for (capability, y) in &rows {
            let (class, word) = match (
                step.gained.contains(*capability),
                step.lost.contains(*capability),
                step.has.contains(*capability),
            ) {
                (true, ..) => ("gained", ", new"),
                (_, true, _) => ("lost", ", gone"),
                (_, _, true) => ("has", ""),
                _ => ("none", ", no"),
            };
            cells.push(Cell {
                x: LABEL + column * CELL,
                y: *y,
                class,
                title: format!("{}: {capability}{word}", shown(&step.version)),
            });
        }
    }
    let joined = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
    Some(History {
        width: LABEL + (steps.len() * CELL).max(260),
        height: rows.len() * CELL + FOOT,
        labels: rows
            .iter()
            .map(|(capability, y)| Label {
                y: y + 13,
                text: (*capability).to_owned(),
            })
            .collect(),
        cells,
        first: shown(&steps.first()?.version),
        last: shown(&steps.last()?.version),
        foot: rows.len() * CELL + 15,
        start: LABEL,
        lines: steps
            .iter()
            .rev()
            .map(|step| Line {
                version: shown(&step.version),
                gained: joined(&step.gained),
                lost: joined(&step.lost),
                all: joined(&step.has),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{CELL, LABEL, drawn, steps};
    use serde_json::json;

    #[test]
    fn what_changed_is_added_to_what_was_there() {
        let read = [
            ("1.0.0", None, json!({"network": {}, "files": {}})),
            (
                "1.1.0",
                Some("1.0.0"),
                json!({"gained": {"process": {}}, "lost": {"files": {}}}),
            ),
            // Of a version that nobody knows, only what changed is known.
            (
                "2.0.0",
                Some("1.9.0"),
                json!({"gained": {"native": {}}, "lost": {}}),
            ),
            ("2.0.1", Some("2.0.0"), json!("strange")),
        ];
        let read = read.map(|(version, against, capabilities)| {
            (version.to_owned(), against.map(str::to_owned), capabilities)
        });
        let steps = steps(read.into_iter());
        let has: Vec<Vec<&str>> = steps
            .iter()
            .map(|step| step.has.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(
            has,
            [
                vec!["files", "network"],
                vec!["network", "process"],
                vec!["native"],
                vec!["native"]
            ]
        );
        let history = drawn(&steps).unwrap();
        assert_eq!(history.labels.len(), 4);
        assert_eq!(history.cells.len(), 16);
        let gone = history
            .cells
            .iter()
            .find(|cell| cell.class == "lost")
            .unwrap();
        assert_eq!((gone.x, gone.y), (LABEL + CELL, 0));
        assert_eq!(gone.title, "1.1.0: files, gone");
        assert_eq!((&*history.first, &*history.last), ("1.0.0", "2.0.1"));
        assert_eq!(history.lines[2].gained, "process");
        assert!(drawn(&steps[..1]).is_none());
    }
}
