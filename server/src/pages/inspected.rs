//! An inspection in short, for `lazaret why` and the page of a verdict: what it says, and the gravest findings.

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use serde::{Deserialize, Serialize};

use crate::mirror::Mirror;
use crate::problem::Problem;

/// Findings that are told, and how long each may be, in characters.
const TOLD: usize = 10;
const TEXT: usize = 300;

#[derive(Serialize)]
pub(crate) struct Inspection {
    /// What the report says, before any policy.
    pub(crate) outcome: String,
    /// The version that it was compared with; absent if it was judged by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) against: Option<String>,
    /// Held from 100 on.
    pub(crate) score: u64,
    pub(crate) inspected_at: Timestamp,
    pub(crate) inspector: String,
    /// The gravest: what is new, if it was compared.
    pub(crate) findings: Vec<String>,
    /// How many more there are of at least medium severity.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) more: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// As much of a report as is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    findings: Vec<Finding>,
    incomplete: Vec<Incomplete>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Finding {
    novelty: Option<String>,
    rule: String,
    severity: String,
    message: String,
    evidence: String,
    place: Place,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    file: String,
    line: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Incomplete {
    file: Option<String>,
    why: String,
    matters: bool,
}

/// The inspection of a version that is in force.
pub(crate) async fn of(
    mirror: &Mirror,
    name: &PackageName,
    version: &str,
) -> Result<Option<Inspection>, Problem> {
    let db = &mirror.store.db;
    let failed = |error: anyhow::Error| {
        tracing::error!(%name, version, %error, "an inspection cannot be read");
        Problem::internal()
    };
    let Some(kept) = db.inspection(name, version).await.map_err(failed)? else {
        return Ok(None);
    };
    let packed = db.inspection_report(&kept).await.map_err(failed)?;
    // Reports can be large.
    let read = tokio::task::spawn_blocking(move || -> anyhow::Result<Report> {
        match packed {
            Some(packed) => Ok(serde_json::from_slice(&packed.json()?)?),
            None => Ok(Report::default()),
        }
    });
    let report = read.await.map_err(|error| failed(error.into()))?;
    let mut findings = told(&report.map_err(failed)?);
    let more = findings.len().saturating_sub(TOLD);
    findings.truncate(TOLD);
    Ok(Some(Inspection {
        outcome: kept.outcome,
        against: kept.against,
        score: kept.score,
        inspected_at: kept.inspected_at,
        inspector: kept.inspector_version,
        findings,
        more,
    }))
}

fn told(report: &Report) -> Vec<String> {
    let is_new = |finding: &&Finding| {
        let novelty = finding.novelty.as_deref();
        novelty.is_none_or(|novelty| novelty == "new")
            && matches!(&*finding.severity, "medium" | "high" | "critical")
    };
    let incomplete = report.incomplete.iter().filter(|hit| hit.matters);
    let incomplete = incomplete.map(|hit| {
        let what = hit.file.as_deref().unwrap_or("it");
        format!("{what} could not be inspected to its end: {}", hit.why)
    });
    let findings = report.findings.iter().filter(is_new).map(|finding| {
        let place = &finding.place;
        let at = match place.line {
            0 => place.file.clone(),
            line => format!("{}:{line}", place.file),
        };
        format!(
            "{} ({}) {at}: {}: {}",
            finding.rule, finding.severity, finding.message, finding.evidence
        )
    });
    findings
        .chain(incomplete)
        .map(|text| printable_up_to(&text, TEXT).into_owned())
        .collect()
}
