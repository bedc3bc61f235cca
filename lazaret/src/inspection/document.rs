//! What `inspect` and `diff` say of one question: the report or the comparison, with what was asked about.

use super::{Answer, Excerpt, Unfinished};
use lazaret_analysis::judge::THRESHOLD;
use lazaret_analysis::report::{Incomplete, SCHEMA};
use lazaret_analysis::{Change, Finding, Judgement, Novelty, Outcome, Report};
use lazaret_policy::{Effect, Reason};
use serde::Serialize;

/// The JSON of `inspect` and `diff`: schema 1. The members of [`Report`] or [`Change`] come first.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// What was asked about: one, or the version before and the one after.
    pub(crate) inputs: Vec<Input>,
    /// What the advisories say of the version, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) advisories: Vec<Reason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) excerpts: Vec<Excerpt>,
    /// The layers of the sandbox, where that was asked for: they are the machine's, not the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<Vec<String>>,
    /// There is no package in what was given.
    #[serde(skip)]
    pub(crate) is_nothing: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Subject {
    Report(Box<Report>),
    Change(Box<Change>),
}

/// One thing on the command line.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Input {
    /// `chalk@5.6.1`, or the last part of a path: the same file has the same name on every machine.
    pub(crate) input: String,
    /// Of a tarball's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) integrity: Option<String>,
    /// What of a folder was not read because it is not the package's: `node_modules`, links.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
    /// Where a folder lies below the working directory, as code scanning wants paths: its files are files of the project.
    #[serde(skip)]
    pub(crate) folder: Option<String>,
}

/// A finding, and what a comparison says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'d> {
    pub(crate) finding: &'d Finding,
    /// None if there was nothing to compare it with.
    pub(crate) novelty: Option<Novelty>,
}

impl Document {
    pub(crate) fn of(answer: Result<Answer, Unfinished>, inputs: Vec<Input>) -> Self {
        let (subject, excerpts, is_nothing) = match answer {
            Ok(Answer::Report { report, excerpts }) => (Subject::Report(report), excerpts, false),
            Ok(Answer::Change {
                change, excerpts, ..
            }) => (Subject::Change(change), excerpts, false),
            Ok(Answer::NotAPackage { package, why }) => {
                let why = format!("{} is no package: {why}", input(&inputs, package));
                (unfinished(&inputs, None, why), Vec::new(), true)
            }
            Ok(Answer::Confused) => {
                let why = "the worker's answer was not understood".to_owned();
                (unfinished(&inputs, None, why), Vec::new(), false)
            }
            Err(Unfinished {
                package, file, why, ..
            }) => {
                let why = match inputs.len() {
                    0 | 1 => why,
                    _ => format!("{}: {why}", input(&inputs, package)),
                };
                (unfinished(&inputs, file, why), Vec::new(), false)
            }
        };
        Self {
            subject,
            inputs,
            advisories: Vec::new(),
            excerpts,
            sandbox: None,
            is_nothing,
        }
    }

    pub(crate) fn judgement(&self) -> &Judgement {
        match &self.subject {
            Subject::Report(report) => &report.judgement,
            Subject::Change(change) => &change.judgement,
        }
    }

    /// All of them, the worst first; those of a comparison that are new before the others.
    pub(crate) fn findings(&self) -> Vec<Seen<'_>> {
        match &self.subject {
            Subject::Report(report) => {
                let seen = |finding| Seen {
                    finding,
                    novelty: None,
                };
                report.findings.iter().map(seen).collect()
            }
            Subject::Change(change) => {
                let compared = change.findings.iter();
                compared
                    .map(|compared| Seen {
                        finding: &compared.finding,
                        novelty: Some(compared.novelty),
                    })
                    .collect()
            }
        }
    }

    /// What this is about: without a comparison everything, else what is new.
    pub(crate) fn news(&self) -> Vec<Seen<'_>> {
        let mut findings = self.findings();
        findings.retain(|seen| seen.novelty.is_none_or(|novelty| novelty == Novelty::New));
        findings
    }

    pub(crate) fn incomplete(&self) -> &[Incomplete] {
        match &self.subject {
            Subject::Report(report) => &report.incomplete,
            Subject::Change(change) => &change.incomplete,
        }
    }

    /// Name and version of what is judged, as its `package.json` says.
    pub(crate) fn id(&self) -> (&str, &str) {
        match &self.subject {
            Subject::Report(report) => (&report.name, &report.version),
            Subject::Change(change) => (&change.name, &change.after),
        }
    }

    /// The code round a finding.
    pub(crate) fn excerpt(&self, finding: &Finding) -> Option<&str> {
        let of_place = |excerpt: &&Excerpt| excerpt.place == finding.place;
        let excerpt = self.excerpts.iter().find(of_place)?;
        Some(&excerpt.code)
    }

    /// An advisory says that this very version is malicious.
    pub(crate) fn is_malicious(&self) -> bool {
        let blocks = |reason: &Reason| reason.effect == Effect::Block;
        self.advisories.iter().any(blocks)
    }

    /// Adds what advisories say; the strictest reason wins.
    pub(crate) fn add_advisories(&mut self, advisories: Vec<Reason>) {
        let judgement = match &mut self.subject {
            Subject::Report(report) => &mut report.judgement,
            Subject::Change(change) => &mut change.judgement,
        };
        for (place, reason) in advisories.iter().enumerate() {
            let outcome = match reason.effect {
                Effect::Off => Outcome::Allow,
                Effect::Note => Outcome::Note,
                Effect::Quarantine => Outcome::Quarantine,
                Effect::Block => Outcome::Block,
            };
            judgement.outcome = judgement.outcome.max(outcome);
            let text = format!("{}: {}", reason.rule, reason.text);
            let place = match outcome {
                Outcome::Block => place,
                _ => judgement.reasons.len(),
            };
            judgement.reasons.insert(place, text);
        }
        self.advisories = advisories;
    }
}

fn input(inputs: &[Input], at: usize) -> &str {
    inputs.get(at).map_or("", |input| &input.input)
}

/// What is said of something that could not be inspected: that it is held.
fn unfinished(inputs: &[Input], file: Option<String>, why: String) -> Subject {
    let reason = match &file {
        Some(file) => format!("{file} could not be inspected to its end: {why}"),
        None => format!("it could not be inspected: {why}"),
    };
    let judgement = Judgement {
        outcome: Outcome::Quarantine,
        reasons: vec![reason],
        threshold: THRESHOLD,
        ..Judgement::default()
    };
    let incomplete = vec![Incomplete {
        file,
        why,
        matters: true,
    }];
    // `@scope/name@1.2.3` says what a package.json would; a file's name says nothing.
    let named = |at: usize| lazaret_npm::PackageId::parse(input(inputs, at)).ok();
    let version = |at: usize| named(at).map_or_else(String::new, |id| id.version.to_string());
    let last = inputs.len().saturating_sub(1);
    let name = named(last).map_or_else(String::new, |id| id.name.to_string());
    match inputs.len() {
        2 => Subject::Change(Box::new(Change {
            schema: SCHEMA,
            name,
            before: version(0),
            after: version(1),
            judgement,
            incomplete,
            ..Change::default()
        })),
        _ => Subject::Report(Box::new(Report {
            schema: SCHEMA,
            name,
            version: version(0),
            judgement,
            incomplete,
            ..Report::default()
        })),
    }
}
