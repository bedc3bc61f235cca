//! What another policy would have done: cases of the past, or of a lockfile, judged by both.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use serde::Serialize;

use crate::judge::{Case, judge};
use crate::policy::Policy;
use crate::review::{Reviewed, Reviews};
use crate::verdict::{Outcome, Reason, Verdict};

/// Versions named of each kind.
const NAMED: usize = 200;

/// Longest text repeated, in characters.
const TEXT: usize = 300;

/// The policy in force, the one that is proposed, and what people decided.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    pub in_force: &'a Policy,
    pub proposed: &'a Policy,
    pub reviews: &'a Reviews,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replay {
    /// Versions judged.
    pub versions: u64,
    /// Of them, those held by the policy in force, and by the proposed one.
    pub held_now: u64,
    pub held_then: u64,
    /// The same by the rule that holds first of all.
    pub rules: BTreeMap<&'static str, Held>,
    /// Let through by the policy in force, held by the proposed one; the first ones in the order of judging.
    pub newly_held: Vec<Change>,
    /// The other way round.
    pub let_go: Vec<Change>,
    /// How many more of these there are than are named.
    pub more_newly_held: u64,
    pub more_let_go: u64,
}

/// How much one rule holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    pub now: u64,
    pub then: u64,
}

/// A version that the two policies treat differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `name@version`, fit to be shown.
    pub id: String,
    /// The moment it was judged at.
    pub at: Timestamp,
    pub now: Outcome,
    pub then: Outcome,
    /// Of the verdict that holds it: its rule, and why.
    pub rule: &'static str,
    pub reason: String,
    /// When that would have let it go by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Replay {
    /// Judges one version at one moment.
    pub fn judge(
        &mut self,
        proposal: &Proposal<'_>,
        case: &Case<'_>,
        sha512: Option<&str>,
        at: Timestamp,
    ) {
        let by = |policy: &Policy| {
            let of = Reviewed {
                version: case.version,
                semver: case.semver,
                sha512,
            };
            let verdict = judge(policy, case, at);
            proposal.reviews.apply(verdict, case.name, &of, at)
        };
        let (now, then) = (by(proposal.in_force), by(proposal.proposed));
        self.versions += 1;
        if let Some(reason) = holding(&now) {
            self.held_now += 1;
            self.rules.entry(reason.rule).or_default().now += 1;
        }
        if let Some(reason) = holding(&then) {
            self.held_then += 1;
            self.rules.entry(reason.rule).or_default().then += 1;
        }
        let (list, more, reason) = match (holding(&now), holding(&then)) {
            (None, Some(reason)) => (&mut self.newly_held, &mut self.more_newly_held, reason),
            (Some(reason), None) => (&mut self.let_go, &mut self.more_let_go, reason),
            _ => return,
        };
        if list.len() == NAMED {
            *more += 1;
            return;
        }
        let id = format!("{}@{}", case.name, case.version);
        list.push(Change {
            id: printable_up_to(&id, TEXT).into_owned(),
            at,
            now: now.outcome,
            then: then.outcome,
            rule: reason.rule,
            reason: printable_up_to(&reason.text, TEXT).into_owned(),
            until: reason.until,
        });
    }
}

fn holding(verdict: &Verdict) -> Option<&Reason> {
    verdict.headline().filter(|_| verdict.outcome.is_held())
}

#[cfg(test)]
mod tests;
