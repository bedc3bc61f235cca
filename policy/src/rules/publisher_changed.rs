//! Versions published by somebody who might not publish before.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "publisher-changed",
    title: "published by somebody new",
    page: include_str!("publisher_changed.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.publisher_changed.effect;
    behaviour::signal(judging, &RULE, SignalKind::PublisherChanged, effect);
}
