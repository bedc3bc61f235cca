//! SARIF 2.1.0: one run over everything that was asked, with the rules' pages as help.

use super::words;
use crate::inspection::{Document, Input, Seen, Subject};
use crate::output::escaped;
use lazaret_analysis::{Detector, Finding, Novelty, Outcome, Place, Severity};
use lazaret_policy::Reason;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Code scanning shows no more of one run.
const MOST_RESULTS: usize = 5_000;

/// What was found so far.
#[derive(Default)]
pub(super) struct Log {
    results: Vec<Value>,
    notifications: Vec<Value>,
    rules: BTreeSet<String>,
    left_out: usize,
    is_incomplete: bool,
}

impl Log {
    pub(super) fn add(&mut self, document: &Document) {
        let folder = folder(document);
        for reason in &document.advisories {
            self.rules.insert(reason.rule.to_owned());
            self.push(advised(document, reason, &folder));
        }
        for seen in document.news() {
            self.rules.insert(seen.finding.rule.to_owned());
            self.push(result(document, &seen, &folder));
        }
        let holds = document.judgement().outcome >= Outcome::Quarantine;
        for incomplete in document.incomplete() {
            self.is_incomplete |= holds && incomplete.matters;
            let place = incomplete.file.as_ref().map(|file| Place {
                file: file.clone(),
                line: 0,
                column: 0,
            });
            let text = format!(
                "{}: not inspected to its end: {}",
                words::title(document),
                incomplete.why
            );
            let mut notification = json!({
                "level": if incomplete.matters { "error" } else { "note" },
                "message": { "text": shown(&text) },
            });
            if let Some(place) = place {
                notification["locations"] = json!([location(&place, &folder)]);
            }
            self.notifications.push(notification);
        }
    }

    fn push(&mut self, result: Value) {
        match self.results.len() < MOST_RESULTS {
            true => self.results.push(result),
            false => self.left_out += 1,
        }
    }

    pub(super) fn finish(mut self) -> Value {
        if self.left_out > 0 {
            let text = format!("{} more results were left out", self.left_out);
            self.notifications
                .push(json!({ "level": "warning", "message": { "text": text } }));
        }
        let index = |id: &Value| {
            let id = id.as_str().unwrap_or_default();
            self.rules.iter().position(|rule| rule == id)
        };
        let mut results = self.results;
        for result in &mut results {
            let index = index(&result["ruleId"]);
            result["ruleIndex"] = json!(index);
        }
        let rules: Vec<Value> = self.rules.iter().map(|id| rule(id)).collect();
        log(results, self.notifications, rules, !self.is_incomplete)
    }
}

/// The one run of a log.
pub(in crate::output) fn log(
    results: Vec<Value>,
    notifications: Vec<Value>,
    rules: Vec<Value>,
    is_complete: bool,
) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lazaret",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": is_complete,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(id: &str) -> Value {
    if let Some(detector) = lazaret_analysis::detector(id) {
        return of_detector(detector);
    }
    let Some(rule) = lazaret_policy::rules::rule(id) else {
        return json!({ "id": id });
    };
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "help": help(rule.page),
        "defaultConfiguration": { "level": "error" },
        "properties": { "security-severity": "10.0", "tags": ["security"] },
    })
}

fn of_detector(detector: &Detector) -> Value {
    json!({
        "id": detector.id,
        "shortDescription": { "text": detector.title },
        "help": help(detector.page),
        "defaultConfiguration": { "level": level(detector.severity) },
        "properties": {
            "security-severity": security_severity(detector.severity),
            "tags": ["security"],
        },
    })
}

pub(in crate::output) fn help(page: &str) -> Value {
    json!({ "text": page, "markdown": page })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    }
}

/// As code scanning sorts by: above 9.0 critical, from 7.0 high, from 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Note => "1.0",
    }
}

fn result(document: &Document, seen: &Seen<'_>, folder: &str) -> Value {
    let finding = seen.finding;
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": message(document, finding) },
        "locations": [location(&finding.place, folder)],
        // Where it stands is not in it: the same behaviour stays the same alert when it moves.
        "partialFingerprints": { "behaviour/v1": format!("{:016x}", finding.fingerprint) },
        "properties": {
            "severity": words::severity(finding.severity),
            "phase": words::phase(finding.phase),
            "evidence": shown(&finding.evidence),
        },
    });
    if let Some(Novelty::New) = seen.novelty {
        result["baselineState"] = json!("new");
    }
    let related: Vec<Value> = finding
        .via
        .iter()
        .map(|place| location(place, folder))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn message(document: &Document, finding: &Finding) -> String {
    let title = words::title(document);
    let phase = words::phase(finding.phase);
    let text = match finding.evidence.as_str() {
        "" => format!("{title} {} ({phase})", finding.message),
        evidence => format!("{title} {} ({phase}): {evidence}", finding.message),
    };
    shown(&text)
}

/// As people read it; `[text](address)` would become a link.
pub(in crate::output) fn shown(text: &str) -> String {
    escaped(text).replace("](", "] (")
}

fn advised(document: &Document, reason: &Reason, folder: &str) -> Value {
    let place = Place {
        file: "package.json".to_owned(),
        line: 0,
        column: 0,
    };
    let title = words::title(document);
    json!({
        "ruleId": reason.rule,
        "level": if document.is_malicious() { "error" } else { "note" },
        "message": { "text": shown(&format!("{title} is {}", reason.text)) },
        "locations": [location(&place, folder)],
        "partialFingerprints": { "behaviour/v1": format!("{}/{title}", reason.rule) },
    })
}

/// What paths begin with: where the folder lies in the project, else name and version, so that those of several packages
/// differ.
fn folder(document: &Document) -> String {
    let input = document.inputs.last();
    if let Some(folder) = input.and_then(|input: &Input| input.folder.as_ref()) {
        return folder.clone();
    }
    match &document.subject {
        Subject::Report(report) if !report.name.is_empty() => {
            format!("{}@{}", report.name, report.version)
        }
        Subject::Change(change) if !change.name.is_empty() => {
            format!("{}@{}", change.name, change.after)
        }
        _ => input.map_or_else(String::new, |input| input.input.clone()),
    }
}

fn location(place: &Place, folder: &str) -> Value {
    let uri = path(&format!("{folder}/{}", place.file));
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), json!({ "uri": uri }));
    if place.line > 0 {
        let mut region = json!({ "startLine": place.line });
        if place.column > 0 {
            region["startColumn"] = json!(place.column);
        }
        physical.insert("region".to_owned(), region);
    }
    json!({ "physicalLocation": physical })
}

/// A path as the relative URI that it is: what no URI may hold is escaped, and nothing in it can lead elsewhere.
pub(in crate::output) fn path(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let escaped: Vec<String> = segments
        .map(|segment| match segment {
            "." => "%2E".to_owned(),
            ".." => "%2E%2E".to_owned(),
            segment => {
                let mut escaped = String::new();
                for byte in segment.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~@+".contains(&byte) {
                        escaped.push(char::from(byte));
                    } else {
                        escaped.push_str(&format!("%{byte:02X}"));
                    }
                }
                escaped
            }
        })
        .collect();
    escaped.join("/")
}
