//! Words that the formats share. Nothing here is escaped.

use crate::inspection::{Document, Seen, Subject};
use lazaret_analysis::change::{DependencyChange, Kind, Release, ScriptChange};
use lazaret_analysis::{Capability, Outcome, Phase, Place, Severity};

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::Note => "note",
        Outcome::Quarantine => "quarantine",
        Outcome::Block => "block",
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// When it runs, after a verb or noun: `fetch(…), on import`.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "on install",
        Phase::Import => "on import",
        Phase::Call => "when called",
        Phase::Bin => "as a command",
        Phase::Test => "in tests",
        Phase::Unreachable => "nothing runs it",
    }
}

pub(super) fn capability(capability: Capability) -> &'static str {
    match capability {
        Capability::Network => "network",
        Capability::Process => "processes",
        Capability::FileRead => "reads files",
        Capability::FileWrite => "writes files",
        Capability::Environment => "environment",
        Capability::DynamicCode => "dynamic code",
        Capability::Native => "native code",
        Capability::InstallScript => "install script",
        Capability::Wallet => "wallets",
    }
}

fn release(release: Release) -> Option<&'static str> {
    match release {
        Release::Major => Some("a major release"),
        Release::Minor => Some("a minor release"),
        Release::Patch => Some("a patch release"),
        Release::Prerelease => Some("a prerelease"),
        Release::Back => Some("not a higher version"),
        Release::Unknown => None,
    }
}

/// `lib/index.js:12`; the file alone where it is meant as a whole.
pub(super) fn place(place: &Place) -> String {
    match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    }
}

/// `lib/index.js:12:5`.
pub(super) fn exact_place(place: &Place) -> String {
    match place.column {
        0 => self::place(place),
        column => format!("{}:{column}", self::place(place)),
    }
}

/// `chalk 5.6.0 → 5.6.1`, `chalk@5.6.1`, or what was given where the package says no name.
pub(super) fn title(document: &Document) -> String {
    let input = |at: usize| {
        let input = document.inputs.get(at);
        input.map_or("", |input| input.input.as_str())
    };
    match &document.subject {
        Subject::Report(report) if report.name.is_empty() => input(0).to_owned(),
        Subject::Report(report) => format!("{}@{}", report.name, report.version),
        Subject::Change(change) if change.name.is_empty() => {
            format!("{} → {}", input(0), input(1))
        }
        Subject::Change(change) => {
            format!("{} {} → {}", change.name, change.before, change.after)
        }
    }
}

/// `a patch release`, for a comparison.
pub(super) fn release_of(document: &Document) -> Option<&'static str> {
    match &document.subject {
        Subject::Report(_) => None,
        Subject::Change(change) => release(change.delta.release),
    }
}

/// `+ postinstall: node setup.js`.
pub(super) fn script(change: &ScriptChange) -> String {
    let ScriptChange {
        name,
        before,
        after,
    } = change;
    match (before, after) {
        (None, Some(after)) => format!("+ {name}: {after}"),
        (Some(before), None) => format!("- {name}: {before}"),
        (Some(before), Some(after)) => format!("~ {name}: {before} → {after}"),
        (None, None) => format!("~ {name}"),
    }
}

/// `+ left-pad ^1.3.0 (optionalDependencies)`.
pub(super) fn dependency(change: &DependencyChange) -> String {
    let group = match change.group.member() {
        "dependencies" => String::new(),
        member => format!(" ({member})"),
    };
    let name = &change.name;
    let before = change.before.as_deref().unwrap_or_default();
    let after = change.after.as_deref().unwrap_or_default();
    match change.kind {
        Kind::Added => format!("+ {name} {after}{group}"),
        Kind::Removed => format!("- {name} {before}{group}"),
        Kind::Changed => format!("~ {name} {before} → {after}{group}"),
    }
}

/// Reasons that findings do not tell by themselves.
pub(super) fn other_reasons(document: &Document) -> Vec<&str> {
    let told: Vec<String> = document
        .findings()
        .iter()
        .map(|Seen { finding, .. }| {
            format!(
                "{}: {}: {}",
                finding.rule,
                place(&finding.place),
                finding.message
            )
        })
        .collect();
    let reasons = document.judgement().reasons.iter();
    reasons
        .map(String::as_str)
        .filter(|reason| !told.iter().any(|told| told == reason))
        .filter(|reason| !is_more(reason))
        .collect()
}

/// `and 5 more`: the findings are listed anyway.
fn is_more(reason: &str) -> bool {
    let count = reason
        .strip_prefix("and ")
        .and_then(|rest| rest.strip_suffix(" more"));
    count.is_some_and(|count| count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `1 file`, `2 files`.
pub(super) fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Findings of one rule that say the same of one file, told once.
#[derive(Debug)]
pub(super) struct Group<'d> {
    pub(super) first: Seen<'d>,
    pub(super) more: usize,
}

/// In the order of the first of each.
pub(super) fn groups<'d>(findings: &[Seen<'d>]) -> Vec<Group<'d>> {
    let mut groups: Vec<Group<'d>> = Vec::new();
    let mut known = std::collections::BTreeMap::new();
    for seen in findings {
        let finding = seen.finding;
        let key = (
            finding.severity,
            finding.rule,
            &finding.place.file,
            &finding.message,
        );
        match known.get(&key) {
            Some(&at) => {
                let group: &mut Group<'d> = &mut groups[at];
                group.more += 1;
            }
            None => {
                known.insert(key, groups.len());
                groups.push(Group {
                    first: *seen,
                    more: 0,
                });
            }
        }
    }
    groups
}
