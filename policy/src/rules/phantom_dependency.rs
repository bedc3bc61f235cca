//! Versions with a new dependency that they do not use.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "phantom-dependency",
    title: "has a new dependency that it does not use",
    page: include_str!("phantom_dependency.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.phantom_dependency.effect;
    behaviour::signal(judging, &RULE, SignalKind::PhantomDependency, effect);
}
