//! What this installation denies by name and range.

use lazaret_npm::text::printable;

use super::Rule;
use crate::judge::{Found, Judging, Lifted};
use crate::policy::is_in_force;
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "deny",
    title: "on the deny list",
    page: include_str!("deny.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let case = judging.case;
    for entry in &judging.policy.deny {
        if entry.effect == Effect::Off
            || !is_in_force(entry.until.as_ref(), judging.now)
            || !entry.package.covers(case.name, case.version, case.semver)
        {
            continue;
        }
        let reason = printable(entry.reason.trim());
        let (until, text) = match &entry.until {
            Some(until) => (
                Some(until.end()),
                format!("denied here as {} until {until}: {reason}", entry.package),
            ),
            None => (None, format!("denied here as {}: {reason}", entry.package)),
        };
        if let Some(end) = until {
            judging.changes_at(end);
        }
        judging.add(
            &RULE,
            entry.effect,
            Lifted::NEVER,
            Found::new(text).until(until),
        );
    }
}
