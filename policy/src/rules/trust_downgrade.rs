//! Versions of which less is known where they were built than of the one before.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "trust-downgrade",
    title: "less is known of where it was built",
    page: include_str!("trust_downgrade.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.trust_downgrade.effect;
    behaviour::signal(judging, &RULE, SignalKind::TrustDowngrade, effect);
}
