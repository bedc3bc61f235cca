//! For the pages of code hosts: workflow commands of GitHub, a code quality report of GitLab.

use super::{level, markdown};
use crate::commands::Outcome;
use crate::output::escaped;
use lazaret_policy::Severity;
use lazaret_project::{Finding, State};
use serde_json::{Value, json};
use std::fmt::Write;

/// GitHub shows this many of each level for one step.
const MOST_OF_A_LEVEL: usize = 10;

/// Workflow commands. Nothing that a package's author wrote can begin one: each is one line of ours, and what stands in it
/// is escaped.
pub(super) fn github(outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut rest = 0;
    for wanted in ["error", "warning"] {
        let all = outcome
            .findings
            .iter()
            .filter(|finding| level(finding) == wanted);
        for (number, finding) in all.enumerate() {
            match number < MOST_OF_A_LEVEL {
                true => text.push_str(&command(wanted, finding)),
                false => rest += 1,
            }
        }
    }
    if rest > 0 {
        let _ = writeln!(
            text,
            "and {rest} more: they are in the summary of this step"
        );
    }
    if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path);
        let written = file.and_then(|mut file| {
            std::io::Write::write_all(&mut file, markdown::text(outcome).as_bytes())
        });
        if written.is_err() {
            super::super::warn("the summary of this step could not be written");
        }
    }
    for (why, checks) in outcome.unchecked() {
        let _ = writeln!(text, "::error title=not checked ({checks})::{}", data(why));
    }
    let _ = writeln!(text, "{}", outcome.line());
    text
}

fn command(level: &str, finding: &Finding) -> String {
    format!(
        "::{level} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
        property(&finding.file),
        finding.place.line,
        finding.place.column,
        finding.end.line,
        finding.end.column,
        property(finding.rule),
        data(&finding.message),
    )
}

/// What GitHub reads back as the text.
fn data(text: &str) -> String {
    escaped(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

pub(super) fn gitlab(outcome: &Outcome) -> Value {
    let open = outcome
        .findings
        .iter()
        .filter(|finding| finding.state == State::Open);
    open.map(|finding| {
        json!({
            "description": escaped(&finding.message),
            "check_name": finding.rule,
            "fingerprint": finding.fingerprint(),
            "severity": match finding.severity {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Moderate => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            },
            "location": {
                "path": finding.file,
                "lines": { "begin": finding.place.line.max(1), "end": finding.end.line.max(finding.place.line).max(1) },
            },
        })
    })
    .collect()
}
