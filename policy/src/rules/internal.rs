//! Names of our own that an upstream must not fill.

use super::Rule;
use crate::judge::{Found, Judging, Lifted};
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "internal",
    title: "internal name",
    page: include_str!("internal.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let case = judging.case;
    if let Some(pattern) = judging.policy.internal_pattern(case.name) {
        let text = format!(
            "{} is an internal name ({pattern}), so nothing from an upstream is served under it",
            case.name
        );
        judging.add(&RULE, Effect::Block, Lifted::NEVER, Found::new(text));
    }
}
