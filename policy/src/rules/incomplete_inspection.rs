//! Versions that could not be inspected to their end.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "incomplete-inspection",
    title: "could not be inspected to its end",
    page: include_str!("incomplete_inspection.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.incomplete_inspection.effect;
    behaviour::signal(judging, &RULE, SignalKind::Incomplete, effect);
}
