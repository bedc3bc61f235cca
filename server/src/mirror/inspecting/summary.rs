//! From a report to what rules look at, and back from the store.

use lazaret_analysis::report::Incomplete;
use lazaret_analysis::{Change, Finding, Judgement, Novelty, Outcome, Report, Severity};
use lazaret_npm::text::printable_up_to;
use lazaret_policy::{Inspected, Look, Signal, SignalKind};
use lazaret_store::Inspection;

/// Longest text kept of a reason, in characters; and how many signals are kept.
const TEXT: usize = 300;
const SIGNALS: usize = 20;

/// What a kept inspection says; `None` if it cannot be understood, which is as if there were none.
pub(in crate::mirror) fn of(inspection: &Inspection) -> Option<Inspected> {
    Some(Inspected {
        outcome: Look::parse(&inspection.outcome)?,
        summary: inspection.summary.clone(),
        against: inspection.against.clone(),
        signals: serde_json::from_str(&inspection.signals).ok()?,
    })
}

/// Of a version by itself.
pub(super) fn of_report(report: &Report) -> Inspected {
    let findings = report.findings.iter();
    let unfinished = report.incomplete.iter().filter(|hit| hit.matters);
    let mut signals: Vec<Signal> = unfinished.map(incomplete).collect();
    signals.extend(findings.filter_map(|finding| signal(finding, false)));
    inspected(&report.judgement, None, signals)
}

/// Of what is new since `before`.
pub(super) fn of_change(change: &Change, before: &str) -> Inspected {
    let new = |compared: &&lazaret_analysis::change::Compared| compared.novelty == Novelty::New;
    let findings = change.findings.iter().filter(new);
    let signals = findings.filter_map(|compared| signal(&compared.finding, true));
    inspected(&change.judgement, Some(before), signals.collect())
}

/// Of a version of which no worker could finish a report.
pub(super) fn of_unfinished(hit: &Incomplete, before: Option<&str>) -> (Inspected, Report) {
    let signal = incomplete(hit);
    let report = Report {
        schema: lazaret_analysis::report::SCHEMA,
        judgement: Judgement {
            outcome: Outcome::Quarantine,
            reasons: vec![signal.text.clone()],
            threshold: lazaret_analysis::judge::THRESHOLD,
            ..Judgement::default()
        },
        incomplete: vec![hit.clone()],
        ..Report::default()
    };
    let inspected = inspected(&report.judgement, before, vec![signal]);
    (inspected, report)
}

fn inspected(judgement: &Judgement, against: Option<&str>, mut signals: Vec<Signal>) -> Inspected {
    signals.truncate(SIGNALS);
    let summary = judgement.reasons.first().map_or("", String::as_str);
    Inspected {
        outcome: match judgement.outcome {
            Outcome::Allow => Look::Allow,
            Outcome::Note => Look::Note,
            Outcome::Quarantine => Look::Quarantine,
            Outcome::Block => Look::Block,
        },
        summary: printable_up_to(summary, TEXT).into_owned(),
        against: against.map(str::to_owned),
        signals,
    }
}

fn incomplete(hit: &Incomplete) -> Signal {
    let what = hit.file.as_deref().unwrap_or("it");
    let text = format!("{what} could not be inspected to its end: {}", hit.why);
    Signal {
        of: SignalKind::Incomplete,
        text: printable_up_to(&text, TEXT).into_owned(),
    }
}

/// The signal that a finding is, if a rule of the policy looks at such.
fn signal(finding: &Finding, is_update: bool) -> Option<Signal> {
    let (of, least) = match finding.rule {
        "incomplete-inspection" => (SignalKind::Incomplete, Severity::High),
        // What is only ambiguous is a lesser finding of the same detector.
        "manifest-confusion" => (SignalKind::ManifestConfusion, Severity::High),
        "install-script" | "gyp-command" | "install-command" if is_update => {
            (SignalKind::NewInstallScript, Severity::Medium)
        }
        "phantom-dependency" => (SignalKind::PhantomDependency, Severity::Medium),
        // Low: he might have published before.
        "publisher-changed" => (SignalKind::PublisherChanged, Severity::Medium),
        "provenance-dropped" | "trusted-publisher-dropped" => {
            (SignalKind::TrustDowngrade, Severity::Medium)
        }
        _ => return None,
    };
    // A report by itself tells what is unfinished in a list of its own.
    if finding.severity < least || (of == SignalKind::Incomplete && !is_update) {
        return None;
    }
    let place = &finding.place;
    let at = match (place.file.as_str(), place.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    };
    let evidence = match of {
        SignalKind::ManifestConfusion | SignalKind::NewInstallScript | SignalKind::Incomplete => {
            format!(": {}", finding.evidence)
        }
        _ => String::new(),
    };
    let text = format!("{at}{}{evidence}", finding.message);
    Some(Signal {
        of,
        text: printable_up_to(&text, TEXT).into_owned(),
    })
}
