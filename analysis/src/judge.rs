//! From findings to one of four outcomes, by a sum that can be done by hand from the report: `points` of an addend are
//! its `weight` times each of its percentages, rounded down each time; the score is the sum of the points.

mod addend;
mod weights;

use serde::{Deserialize, Serialize};

use crate::change::{Compared, Delta, Novelty};
use crate::detectors::detector;
use crate::finding::{Finding, Phase, Severity};
use crate::inspect::Inspected;
use crate::report::Incomplete;

pub use addend::{Addend, Factor};
pub use weights::THRESHOLD;

/// What is to become of a version.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing was found.
    #[default]
    Allow,
    /// Something was found that many good packages do.
    Note,
    /// A person should look before anybody installs it.
    Quarantine,
    Block,
}

/// An outcome with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub outcome: Outcome,
    /// For people, the weightiest first; empty if the outcome is [`Outcome::Allow`].
    pub reasons: Vec<String>,
    /// The sum of the addends' points.
    pub score: u32,
    /// The score at which a version is held, whatever each finding is by itself.
    pub threshold: u32,
    /// The most points first.
    pub addends: Vec<Addend>,
}

/// What a change is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update<'u> {
    pub(crate) before: &'u Inspected,
    pub(crate) after: &'u Inspected,
    pub(crate) delta: &'u Delta,
    pub(crate) findings: &'u [Compared],
    /// New since the version before.
    pub(crate) incomplete: &'u [Incomplete],
}

/// Rules of what makes npm run something of the package when it is installed.
const TRIGGERS: &[&str] = &["install-script", "gyp-command"];

/// How many reasons are told.
const REASONS: usize = 12;

/// Judges a first version, or one whose predecessor is not known. Many good packages use the network and start
/// processes; so only what runs while it is installed adds up, and each rule counts with its cold severity.
pub(crate) fn cold(findings: &[Finding], incomplete: &[Incomplete]) -> Judgement {
    let counted: Vec<Counted<'_>> = findings
        .iter()
        .map(|finding| {
            let cold = detector(finding.rule).map_or(Severity::Critical, |rule| rule.cold);
            Counted {
                finding,
                severity: lowered(finding.severity.min(cold), finding.phase),
                used_before: false,
            }
        })
        .collect();
    let adds_up = |counted: &&Counted<'_>| {
        counted.finding.phase == Phase::Install || counted.severity >= Severity::High
    };
    let addends = addend::addends(counted.iter().filter(adds_up), None);
    judged(&counted, addends, incomplete, None)
}

/// Judges what is new.
pub(crate) fn change(update: &Update<'_>) -> Judgement {
    let counted: Vec<Counted<'_>> = update
        .findings
        .iter()
        .filter(|compared| compared.novelty == Novelty::New)
        .map(|compared| {
            let finding = &compared.finding;
            let used_before = weights::is_primitive(finding.rule)
                && uses(update.before, finding.rule, &finding.place.file) > EARLIER_USES;
            let severity = lowered(finding.severity, finding.phase);
            Counted {
                finding,
                severity: match severity {
                    Severity::High if used_before => Severity::Medium,
                    severity => severity,
                },
                used_before,
            }
        })
        .collect();
    let addends = addend::addends(counted.iter(), Some(update.delta.release));
    // What an installation reaches counts also if it was there before: until now nothing started it.
    let installs = update.after.report.findings.iter().find(|finding| {
        finding.phase == Phase::Install
            && finding.severity >= Severity::High
            && !is_of_package(finding.rule)
    });
    judged(&counted, addends, update.incomplete, installs)
}

/// More uses of the same in the same file: it is what the file is for.
const EARLIER_USES: usize = 3;

fn uses(before: &Inspected, rule: &str, file: &str) -> usize {
    let findings = &before.report.findings;
    findings
        .iter()
        .filter(|finding| finding.rule == rule && finding.place.file == file)
        .count()
}

/// Of the package as such, not of what an install script runs.
fn is_of_package(rule: &str) -> bool {
    const ARCHIVE: &[&str] = &[
        "nonconforming-archive",
        "incomplete-inspection",
        "manifest-confusion",
    ];
    TRIGGERS.contains(&rule) || ARCHIVE.contains(&rule) || weights::is_of_dependency(rule)
}

/// A new finding, and how bad it is here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'f> {
    finding: &'f Finding,
    severity: Severity,
    /// The file did the same more than [`EARLIER_USES`] times before.
    used_before: bool,
}

/// What only tests run, or nothing does, is less bad. It is not harmless: in 2018 the payload of flatmap-stream lay in
/// test data.
fn lowered(severity: Severity, phase: Phase) -> Severity {
    let steps = match phase {
        Phase::Test => 2,
        Phase::Unreachable => 1,
        _ => 0,
    };
    match severity as u8 - (severity as u8).min(steps) {
        0 => Severity::Note,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        _ => Severity::Critical,
    }
}

fn judged(
    counted: &[Counted<'_>],
    addends: Vec<Addend>,
    incomplete: &[Incomplete],
    installs: Option<&Finding>,
) -> Judgement {
    let score = addends.iter().map(|addend| addend.points).sum();
    let mut reasons: Vec<(Outcome, Severity, String)> = Vec::new();
    for Counted {
        finding, severity, ..
    } in counted
    {
        let outcome = match severity {
            Severity::Critical => Outcome::Block,
            Severity::High => Outcome::Quarantine,
            _ => Outcome::Note,
        };
        reasons.push((outcome, *severity, told(finding)));
        if TRIGGERS.contains(&finding.rule)
            && *severity >= Severity::High
            && let Some(reached) = installs
        {
            reasons.push((
                Outcome::Block,
                Severity::Critical,
                format!("{}, which reaches {}", told(finding), told(reached)),
            ));
        }
    }
    if score >= THRESHOLD {
        reasons.push((
            Outcome::Quarantine,
            Severity::High,
            format!("all together they make a score of {score}; from {THRESHOLD} on it is held"),
        ));
    }
    for Incomplete { file, why, matters } in incomplete {
        let outcome = if *matters {
            Outcome::Quarantine
        } else {
            Outcome::Note
        };
        let what = file.as_deref().unwrap_or("the archive");
        reasons.push((
            outcome,
            Severity::Low,
            format!("{what} could not be inspected to its end: {why}"),
        ));
    }
    // Stable: findings come the worst first.
    reasons.sort_by_key(|(outcome, severity, _)| std::cmp::Reverse((*outcome, *severity)));
    let outcome = reasons
        .first()
        .map_or(Outcome::Allow, |(outcome, _, _)| *outcome);
    let mut reasons: Vec<String> = reasons.into_iter().map(|(_, _, reason)| reason).collect();
    let mut seen = std::collections::BTreeSet::new();
    reasons.retain(|reason| seen.insert(reason.clone()));
    let more = reasons.len().saturating_sub(REASONS);
    if more > 0 {
        reasons.truncate(REASONS);
        reasons.push(format!("and {more} more"));
    }
    Judgement {
        outcome,
        reasons,
        score,
        threshold: THRESHOLD,
        addends,
    }
}

/// A finding in one line.
fn told(finding: &Finding) -> String {
    let place = &finding.place;
    match place.line {
        0 => format!("{}: {}: {}", finding.rule, place.file, finding.message),
        line => format!(
            "{}: {}:{line}: {}",
            finding.rule, place.file, finding.message
        ),
    }
}

#[cfg(test)]
mod tests;
