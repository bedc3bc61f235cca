//! What this installation lets through although a rule would hold it.

use jiff::Timestamp;
use lazaret_npm::text::printable;

use super::Rule;
use crate::judge::{Found, Judging, Lifted};
use crate::policy::{Allow, Expiry, is_in_force};
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "allow",
    title: "on the allow list",
    page: include_str!("allow.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let by_allow = |lifted: &Lifted| lifted.by_allow;
    let by_waiver = |lifted: &Lifted| lifted.by_waiver;
    if judging.policy.allow.is_empty() || !judging.is_held(by_waiver) {
        return;
    }
    let case = judging.case;
    let grants = |entry: &&Allow| {
        is_in_force(entry.until.as_ref(), judging.now)
            && entry.package.grants(case.name, case.version, case.semver)
    };
    // Of several, the one that holds longest.
    let last = |entry: &&Allow| entry.until.as_ref().map_or(Timestamp::MAX, Expiry::end);
    let Some(entry) = judging.policy.allow.iter().filter(grants).max_by_key(last) else {
        return;
    };
    if entry.until.is_none() && !judging.is_held(by_allow) {
        return;
    }
    let reason = printable(entry.reason.trim());
    let (until, text) = match &entry.until {
        Some(until) => (
            Some(until.end()),
            format!("allowed here as {} until {until}: {reason}", entry.package),
        ),
        None => (None, format!("allowed here as {}: {reason}", entry.package)),
    };
    if let Some(end) = until {
        judging.changes_at(end);
    }
    judging.lift(by_allow, "");
    if until.is_some() {
        judging.lift(by_waiver, "");
    }
    judging.add(
        &RULE,
        Effect::Note,
        Lifted::NEVER,
        Found::new(text).until(until),
    );
}
