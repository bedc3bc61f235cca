//! Versions that are too young.

use super::Rule;
use crate::judge::{Birth, Found, Judging, Lifted};
use crate::phrase::{day, days, minute};
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "cooldown",
    title: "too young",
    page: include_str!("cooldown.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let settings = &judging.policy.cooldown;
    if settings.effect == Effect::Off || settings.days == 0 {
        return;
    }
    let case = judging.case;
    let birth = case.birth();
    let end = birth.plus_days(settings.days);
    if judging.now >= end
        || settings
            .exempt
            .iter()
            .any(|exempt| exempt.matches(case.name))
    {
        return;
    }
    let since = match birth {
        Birth::Published(at) => format!("published {}", day(at)),
        Birth::AppearedAfter(at) => format!("appeared after {}", minute(at)),
        Birth::FirstContact(at) => {
            format!(
                "its publication time is missing or in the future, counted from {}",
                day(at)
            )
        }
    };
    let text = format!(
        "{since}, in cooldown until {} ({})",
        minute(end),
        days(settings.days)
    );
    judging.changes_at(end);
    let found = Found::new(text).until(Some(end));
    judging.add(&RULE, settings.effect, Lifted::IF_NEEDED, found);
}
