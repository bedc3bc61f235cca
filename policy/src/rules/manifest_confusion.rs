//! Versions of which the registry shows another manifest than their tarball has.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "manifest-confusion",
    title: "the registry shows another manifest",
    page: include_str!("manifest_confusion.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.manifest_confusion.effect;
    behaviour::signal(judging, &RULE, SignalKind::ManifestConfusion, effect);
}
