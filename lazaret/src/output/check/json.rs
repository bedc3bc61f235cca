//! For machines: everything, the verdict first.

use super::level;
use crate::commands::{Outcome, Status};
use lazaret_project::{Check, Finding, State};
use serde_json::{Map, Value, json};

pub(super) fn document(outcome: &Outcome) -> Value {
    let checks: Map<String, Value> = Check::ALL
        .iter()
        .map(|check| {
            let failing = outcome
                .of(*check)
                .filter(|finding| finding.counts())
                .count();
            let status = json!({
                "status": word(outcome.status(*check)),
                "findings": outcome.of(*check).count(),
                "failing": failing,
            });
            (check.as_str().to_owned(), status)
        })
        .collect();
    let mut document = json!({
        "schema": 1,
        "status": status(outcome),
        "complete": outcome.is_complete(),
        "base": outcome.base,
        "checks": checks,
        "lockfiles": outcome.lockfiles.iter().map(|lockfile| json!({
            "path": lockfile.path,
            "format": lockfile.format,
            "version": lockfile.version,
            "packages": lockfile.packages,
        })).collect::<Vec<_>>(),
        "findings": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
        "changes": outcome.changes.iter().flat_map(|(file, changes)| changes.iter().map(move |change| json!({
            "file": file,
            "change": change.kind.as_str(),
            "name": change.name,
            "before": change.before,
            "after": change.after,
            "direct": change.is_direct,
            "development": change.is_dev,
        }))).collect::<Vec<_>>(),
        "inspections": outcome.inspected,
        "incomplete": outcome.incomplete.iter().map(|(check, why)| json!({
            "check": check.as_str(),
            "why": why,
        })).collect::<Vec<_>>(),
        "warnings": outcome.warnings,
    });
    if outcome.is_dry_run {
        document["held"] = outcome
            .held
            .iter()
            .map(|judged| {
                json!({
                    "package": judged.package,
                    "outcome": judged.verdict.outcome,
                    "reasons": judged.verdict.reasons,
                    "way": judged.way,
                })
            })
            .collect();
    }
    document
}

fn status(outcome: &Outcome) -> &'static str {
    let fails = |check: &Check| outcome.status(*check) == Status::Failed;
    if fails(&Check::Malicious) {
        "malicious"
    } else if Check::ALL.iter().any(fails) {
        "failed"
    } else if outcome.lockfiles.is_empty() {
        "nothing"
    } else if !outcome.is_complete() {
        "incomplete"
    } else {
        "ok"
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Found => "found",
        Status::Failed => "failed",
        Status::Incomplete => "incomplete",
        Status::NotAsked => "not-asked",
    }
}

fn finding(finding: &Finding) -> Value {
    let mut value = json!({
        "check": finding.check.as_str(),
        "rule": finding.rule,
        "level": level(finding),
        "severity": finding.severity,
        "fails": finding.counts(),
        "file": finding.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "endLine": finding.end.line,
        "endColumn": finding.end.column,
        "message": finding.message,
        "package": finding.package,
        "integrity": finding.integrity,
        "way": finding.way,
        "ids": finding.ids,
        "url": finding.url,
        "fixedIn": finding.fixed_in,
        "help": finding.help,
        "new": finding.is_new,
        "development": finding.is_dev,
        "fingerprint": finding.fingerprint(),
        "state": "open",
    });
    match &finding.state {
        State::Open => {}
        State::Baselined => value["state"] = "baseline".into(),
        State::Waived { reason, until } => {
            value["state"] = "waived".into();
            value["waiver"] = json!({ "reason": reason, "until": until });
        }
    }
    value
}
