//! Versions whose installation runs something that it did not run before.

use super::{Rule, behaviour};
use crate::behaviour::SignalKind;
use crate::judge::Judging;

pub const RULE: Rule = Rule {
    id: "new-install-script",
    title: "newly runs something at installation",
    page: include_str!("new_install_script.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let effect = judging.policy.new_install_script.effect;
    behaviour::signal(judging, &RULE, SignalKind::NewInstallScript, effect);
}
