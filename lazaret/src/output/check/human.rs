//! For people.

use super::super::report::human_text;
use super::excerpt::excerpt;
use super::{is_shown, level, way};
use crate::commands::{Outcome, Status};
use crate::inspection::Document;
use crate::output::{BOLD, FAINT, GREEN, PLAIN, RED, YELLOW, columns, escaped};
use lazaret_analysis::Outcome as Judged;
use lazaret_project::changes::Change;
use lazaret_project::{Check, Finding, State};
use std::fmt::Write;

/// Packages of a change that are listed.
const MOST_CHANGES: usize = 60;

pub(super) fn text(outcome: &Outcome, with_notes: bool, width: usize) -> String {
    let mut text = String::new();
    if outcome.is_dry_run {
        return dry_run(outcome);
    }
    let mut left_out = 0;
    for finding in &outcome.findings {
        match is_shown(finding, with_notes) {
            true => one(finding, width, &mut text),
            false => left_out += 1,
        }
    }
    for (file, changes) in &outcome.changes {
        listed(
            file,
            changes,
            outcome.base.as_deref().unwrap_or_default(),
            &mut text,
        );
    }
    let is_held = |document: &&Document| {
        document.judgement().outcome >= Judged::Quarantine && !document.findings().is_empty()
    };
    for document in outcome.inspected.iter().filter(is_held) {
        let _ = writeln!(text, "{}", human_text(document, width));
    }
    for (why, checks) in outcome.unchecked() {
        let _ = writeln!(text, "{RED}not checked{PLAIN} ({checks}): {}", escaped(why));
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{FAINT}{left_out} notes, waived and known findings: --notes shows them{PLAIN}"
        );
    }
    for lockfile in &outcome.lockfiles {
        let _ = writeln!(
            text,
            "{}: {} {}, {}",
            escaped(&lockfile.path),
            lockfile.format,
            escaped(&lockfile.version),
            counted(lockfile.packages)
        );
    }
    let colour = match Check::ALL.map(|check| outcome.status(check)) {
        all if all.contains(&Status::Failed) => RED,
        all if all.contains(&Status::Incomplete) => YELLOW,
        _ => GREEN,
    };
    let _ = writeln!(text, "{colour}{}{PLAIN}", outcome.line());
    text
}

/// One line for each finding.
pub(super) fn concise(outcome: &Outcome, with_notes: bool) -> String {
    let mut text = String::new();
    for finding in outcome
        .findings
        .iter()
        .filter(|finding| is_shown(finding, with_notes))
    {
        let _ = writeln!(
            text,
            "{}:{}:{}: {} {}: {}",
            escaped(&finding.file),
            finding.place.line,
            finding.place.column,
            level(finding),
            finding.rule,
            escaped(&finding.message)
        );
    }
    for (why, checks) in outcome.unchecked() {
        let _ = writeln!(text, "not checked ({checks}): {}", escaped(why));
    }
    let _ = writeln!(text, "{}", outcome.line());
    text
}

fn one(finding: &Finding, width: usize, text: &mut String) {
    let level = level(finding);
    let colour = match level {
        "error" => RED,
        "warning" => YELLOW,
        _ => FAINT,
    };
    let (line, column) = (finding.place.line, finding.place.column);
    let margin = " ".repeat(line.to_string().len());
    let _ = writeln!(
        text,
        "{colour}{level}[{}]{PLAIN}{BOLD}: {}{PLAIN}\n{margin}{FAINT}-->{PLAIN} {}:{line}:{column}",
        finding.rule,
        escaped(&finding.message),
        escaped(&finding.file),
    );
    if let Some((excerpt, carets)) = excerpt(finding, width.saturating_sub(margin.len() + 3)) {
        let _ = writeln!(
            text,
            "{line} {FAINT}|{PLAIN} {excerpt}\n{margin} {FAINT}|{PLAIN} {colour}{carets}{PLAIN}"
        );
    }
    let mut tell = |what: &str, said: &str| {
        let _ = writeln!(text, "{margin} {FAINT}={PLAIN} {what}: {}", escaped(said));
    };
    match (way(finding), finding.way.len()) {
        (Some(way), _) => tell("needed by", &way),
        (None, 1) => tell("needed by", "the project itself"),
        (None, _) => {}
    }
    if let Some(help) = &finding.help {
        tell("help", help);
    }
    if let Some(url) = &finding.url {
        tell("see", url);
    }
    match &finding.state {
        State::Waived {
            reason,
            until: Some(until),
        } => tell("waived", &format!("{reason} (until {until})")),
        State::Waived {
            reason,
            until: None,
        } => tell("waived", reason),
        State::Baselined => tell("known", "it is in the baseline"),
        State::Open if super::page(finding.rule).is_some() => {
            tell("why", &format!("lazaret explain {}", finding.rule))
        }
        State::Open => {}
    }
    text.push('\n');
}

fn listed(file: &str, changes: &[Change], base: &str, text: &mut String) {
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "{BOLD}{}{PLAIN} since {}",
        escaped(file),
        escaped(base)
    );
    let rows: Vec<Vec<String>> = changes.iter().take(MOST_CHANGES).map(row).collect();
    text.push_str(&columns(&rows));
    if changes.len() > MOST_CHANGES {
        let _ = writeln!(text, "  and {} more", changes.len() - MOST_CHANGES);
    }
    text.push('\n');
}

fn row(change: &Change) -> Vec<String> {
    let version =
        |version: &Option<String>| escaped(version.as_deref().unwrap_or_default()).into_owned();
    let (before, after) = (version(&change.before), version(&change.after));
    let versions = match (before.as_str(), after.as_str()) {
        ("", after) => after.to_owned(),
        (before, "") => before.to_owned(),
        (before, after) => format!("{before} -> {after}"),
    };
    let kinds = [(change.is_direct, "direct"), (change.is_dev, "development")];
    let kinds: Vec<&str> = kinds
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| *word)
        .collect();
    vec![
        format!("  {}", change.kind.as_str()),
        escaped(&change.name).into_owned(),
        versions,
        kinds.join(", "),
    ]
}

fn counted(packages: usize) -> String {
    match packages {
        1 => "1 package".to_owned(),
        count => format!("{count} packages"),
    }
}

fn dry_run(outcome: &Outcome) -> String {
    let mut text = String::new();
    for judged in &outcome.held {
        let _ = writeln!(
            text,
            "{YELLOW}{}{PLAIN} {BOLD}{}{PLAIN}",
            judged.verdict.outcome,
            escaped(&judged.package)
        );
        for reason in judged
            .verdict
            .reasons
            .iter()
            .filter(|reason| reason.effect.is_held())
        {
            let _ = writeln!(text, "  {}: {}", reason.rule, escaped(&reason.text));
        }
        if judged.way.len() > 1 {
            let _ = writeln!(text, "  needed by: {}", escaped(&judged.way.join(" > ")));
        }
    }
    let packages: usize = outcome
        .lockfiles
        .iter()
        .map(|lockfile| lockfile.packages)
        .sum();
    let _ = writeln!(
        text,
        "a mirror with this policy would hold {} of {packages} entries{}",
        outcome.held.len(),
        if outcome.knows_ages {
            ""
        } else {
            "; their age is not judged, a lockfile does not tell it"
        }
    );
    text
}
