//! SARIF 2.1.0: one run over all lockfiles.

use super::super::report::{help, sarif_log, shown, uri};
use super::page;
use crate::commands::Outcome;
use lazaret_policy::Severity;
use lazaret_project::{Check, Finding, State};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Code scanning shows no more of one run.
const MOST_RESULTS: usize = 5_000;

pub(super) fn log(outcome: &Outcome) -> Value {
    let rules: BTreeSet<&str> = outcome
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    let index = |id: &str| rules.iter().position(|rule| *rule == id);
    let results = outcome.findings.iter().take(MOST_RESULTS);
    let results: Vec<Value> = results
        .map(|finding| result(finding, index(finding.rule)))
        .collect();
    let mut notifications: Vec<Value> = outcome
        .incomplete
        .iter()
        .map(|(check, why)| {
            let text = shown(&format!("{} was not checked: {why}", check.as_str()));
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    let left_out = outcome.findings.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        let text = format!("{left_out} more results were left out");
        notifications.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    let rules = rules.iter().map(|id| rule(id)).collect();
    sarif_log(results, notifications, rules, outcome.is_complete())
}

fn rule(id: &str) -> Value {
    let severity = lazaret_project::rules::rule(id).map(|rule| rule.severity);
    let score = match severity {
        // What is malicious, and what nobody could read.
        None => "10.0",
        Some(severity) => score(severity),
    };
    let mut rule = json!({
        "id": id,
        "defaultConfiguration": { "level": "warning" },
        "properties": { "security-severity": score, "tags": ["security", "supply-chain"] },
    });
    if let Some((title, text)) = page(id) {
        rule["shortDescription"] = json!({ "text": title });
        rule["fullDescription"] = json!({ "text": opening(text) });
        rule["help"] = help(text);
    }
    rule
}

/// The first paragraph of a page.
fn opening(page: &str) -> String {
    let lines = page.lines().skip(1).skip_while(|line| line.is_empty());
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// As code scanning sorts by.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Moderate => "5.0",
        Severity::Low => "2.0",
        Severity::Info => "1.0",
    }
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let level = match super::level(finding) {
        "error" => "error",
        "warning" => "warning",
        _ => "note",
    };
    let mut text = finding.message.clone();
    if let Some(way) = super::way(finding) {
        text.push_str(&format!("\nNeeded by: {way}"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n{help}"));
    }
    let lines: Vec<String> = text.lines().map(shown).collect();
    let mut region = json!({ "startLine": finding.place.line.max(1), "startColumn": finding.place.column.max(1) });
    if (finding.end.line, finding.end.column) > (finding.place.line, finding.place.column) {
        region["endLine"] = finding.end.line.into();
        region["endColumn"] = finding.end.column.into();
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": lines.join("\n") },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file) },
            "region": region,
        }}],
        "partialFingerprints": { "lazaretCheck/v1": finding.fingerprint() },
        "properties": { "check": finding.check.as_str(), "severity": finding.severity },
    });
    if finding.check == Check::Vulnerabilities {
        // Of an advisory the own severity counts, not the rule's.
        result["properties"]["security-severity"] = score(finding.severity).into();
        result["properties"]["advisories"] = json!(finding.ids);
    }
    match &finding.state {
        State::Open => {}
        State::Waived { reason, .. } => {
            result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": shown(reason) }]);
        }
        State::Baselined => {
            result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": "in the baseline" }]);
            result["baselineState"] = "unchanged".into();
        }
    }
    result
}
