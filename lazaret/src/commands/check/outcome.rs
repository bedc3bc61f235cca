//! What a check has to say, before it takes a form.

use crate::inspection::Document;
use lazaret_policy::Severity;
use lazaret_project::advisories::Judged;
use lazaret_project::changes::Change;
use lazaret_project::inventory::Report;
use lazaret_project::{Check as Kind, Finding, State};

/// Everything that is to be said.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Those that were understood.
    pub(crate) lockfiles: Vec<Summary>,
    /// The gravest first within each check.
    pub(crate) findings: Vec<Finding>,
    /// By lockfile, if there was something to compare with.
    pub(crate) changes: Vec<(String, Vec<Change>)>,
    /// What changed packages do.
    pub(crate) inspected: Vec<Document>,
    /// Only of `--policy-dry-run`.
    pub(crate) held: Vec<Judged>,
    /// Why something could not be checked: the check, and a sentence.
    pub(crate) incomplete: Vec<(Kind, String)>,
    pub(crate) warnings: Vec<String>,
    /// To be sent to a mirror.
    pub(crate) reports: Vec<Report>,
    /// What was compared with.
    pub(crate) base: Option<String>,
    pub(crate) is_dry_run: bool,
    /// Of a dry run: whether the registry was asked how old versions are.
    pub(crate) knows_ages: bool,
}

/// A lockfile that was understood.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) path: String,
    pub(crate) format: &'static str,
    pub(crate) version: String,
    pub(crate) packages: usize,
}

/// How one check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    /// Something was found, but nothing fails.
    Found,
    Failed,
    Incomplete,
    /// Nobody asked for it.
    NotAsked,
}

impl Outcome {
    pub(crate) fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }

    /// A file that none of the checks could look into.
    pub(crate) fn not_understood(&mut self, why: &str) {
        let all = Kind::ALL.map(|kind| (kind, why.to_owned()));
        self.incomplete.extend(all);
    }

    /// Why something could not be checked, and which checks that keeps from it.
    pub(crate) fn unchecked(&self) -> Vec<(&str, String)> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (check, why) in &self.incomplete {
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, checks)) => checks.push(check.as_str()),
                None => reasons.push((why, vec![check.as_str()])),
            }
        }
        let joined = |(why, checks): (_, Vec<&str>)| (why, checks.join(", "));
        reasons.into_iter().map(joined).collect()
    }

    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.check == kind)
    }

    pub(crate) fn status(&self, kind: Kind) -> Status {
        if self.of(kind).any(Finding::counts) {
            Status::Failed
        } else if kind == Kind::Changes && self.base.is_none() {
            Status::NotAsked
        } else if self.incomplete.iter().any(|(of, _)| *of == kind) {
            Status::Incomplete
        } else if self.of(kind).next().is_some() || (kind == Kind::Changes && self.changed() > 0) {
            Status::Found
        } else {
            Status::Ok
        }
    }

    /// How many packages changed.
    pub(crate) fn changed(&self) -> usize {
        self.changes.iter().map(|(_, changes)| changes.len()).sum()
    }

    /// `integrity ok · malicious FAILED 1 · vulnerabilities 3 (1 waived) · changes 4 to review`.
    pub(crate) fn line(&self) -> String {
        let parts = Kind::ALL.map(|kind| {
            let all = self
                .of(kind)
                .filter(|finding| finding.severity > Severity::Info)
                .count();
            let failing = self.of(kind).filter(|finding| finding.counts()).count();
            let state =
                |is: fn(&State) -> bool| self.of(kind).filter(|finding| is(&finding.state)).count();
            let waived = state(|state| matches!(state, State::Waived { .. }));
            let known = state(|state| *state == State::Baselined);
            let mut text = match self.status(kind) {
                Status::Failed => format!("FAILED {failing}"),
                Status::Incomplete => "NOT CHECKED".to_owned(),
                Status::NotAsked => "not asked".to_owned(),
                _ if kind == Kind::Changes && self.changed() > 0 => {
                    format!("{} to review", self.changed())
                }
                Status::Found if all > 0 => all.to_string(),
                Status::Found | Status::Ok => "ok".to_owned(),
            };
            let extra = [(waived, "waived"), (known, "in the baseline")];
            let extra: Vec<String> = extra
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            if !extra.is_empty() {
                text.push_str(&format!(" ({})", extra.join(", ")));
            }
            format!("{} {text}", kind.as_str())
        });
        parts.join(" · ")
    }
}
