//! Versions whose bytes are protected by sha1 alone, or by nothing.

use lazaret_npm::Strength;

use super::Rule;
use crate::judge::{Found, Judging, Lifted};
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "weak-integrity",
    title: "weak or missing integrity",
    page: include_str!("weak_integrity.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let settings = &judging.policy.weak_integrity;
    let (effect, text) = match judging.case.strength {
        Some(Strength::Strong) => return,
        Some(Strength::Weak) => (
            settings.effect,
            "the registry offers only a sha1 checksum, which can be forged",
        ),
        None => (
            settings.missing,
            "the registry offers no checksum that its bytes could be verified against",
        ),
    };
    if effect != Effect::Off {
        judging.add(
            &RULE,
            effect,
            Lifted::BY_PEOPLE,
            Found::new(text.to_owned()),
        );
    }
}
