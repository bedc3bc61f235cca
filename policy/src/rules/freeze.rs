//! Versions from after the line in the sand.

use super::Rule;
use crate::judge::{Birth, Found, Judging, Lifted};
use crate::phrase::minute;

pub const RULE: Rule = Rule {
    id: "freeze",
    title: "published after the freeze",
    page: include_str!("freeze.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let Some(freeze) = &judging.policy.freeze else {
        return;
    };
    let birth = judging.case.birth();
    if birth.at() <= freeze.after.0 {
        return;
    }
    let since = match birth {
        Birth::Published(at) => format!("published {}", minute(at)),
        Birth::AppearedAfter(at) => format!("appeared after {}", minute(at)),
        Birth::FirstContact(at) => {
            format!(
                "its publication time is missing or in the future, first seen {}",
                minute(at)
            )
        }
    };
    let text = format!("{since}, and everything after {} is frozen", freeze.after);
    let lifted_by = Lifted {
        by_use: !freeze.include_served,
        ..Lifted::IF_NEEDED
    };
    judging.add(&RULE, freeze.effect, lifted_by, Found::new(text));
}
