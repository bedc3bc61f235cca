//! Versions that do what attacks do.

use lazaret_npm::text::printable_up_to;

use super::Rule;
use crate::behaviour::{Behaviour, Inspected, Look, SignalKind};
use crate::judge::{Found, Judging, Lifted};
use crate::phrase::days;
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "behaviour",
    title: "does what packages should not do",
    page: include_str!("behaviour.md"),
    judge,
};

/// Longest part of a report that is repeated in a reason, in characters.
const TOLD: usize = 240;

fn judge(judging: &mut Judging<'_>) {
    let Behaviour::Inspected(inspected) = judging.case.behaviour else {
        return;
    };
    let (wanted, what) = match inspected.outcome {
        Look::Allow | Look::Note => return,
        Look::Quarantine => (Effect::Quarantine, "wants a look"),
        Look::Block => (Effect::Block, "is what attacks do"),
    };
    let does = match &inspected.against {
        Some(before) => format!("what it newly does since {}", printable_up_to(before, 80)),
        None => "what it does".to_owned(),
    };
    let summary = printable_up_to(&inspected.summary, TOLD);
    let text = format!("{does} {what}: {summary}");
    let effect = wanted.min(judging.policy.behaviour.effect);
    tell(judging, &RULE, inspected, effect, text);
}

/// The rules about single signals.
pub(super) fn signal(judging: &mut Judging<'_>, rule: &Rule, kind: SignalKind, effect: Effect) {
    let Behaviour::Inspected(inspected) = judging.case.behaviour else {
        return;
    };
    let mut of_kind = inspected.signals.iter().filter(|signal| signal.of == kind);
    let Some(first) = of_kind.next() else {
        return;
    };
    let mut text = printable_up_to(&first.text, TOLD).into_owned();
    match of_kind.count() {
        0 => {}
        1 => text.push_str("; and one more"),
        more => text.push_str(&format!("; and {more} more")),
    }
    tell(judging, rule, inspected, effect, text);
}

/// Adds a reason that rests on an inspection. A quarantine ends when the version is old enough, and only a note is left of
/// it: the world has looked at it for as long. What a report blocks stays held, be it as old as it may.
fn tell(
    judging: &mut Judging<'_>,
    rule: &Rule,
    inspected: &Inspected,
    effect: Effect,
    mut text: String,
) {
    let is_block = inspected.outcome == Look::Block;
    if effect == Effect::Block {
        judging.add(rule, effect, Lifted::BY_WAIVER, Found::new(text));
    } else if effect != Effect::Quarantine || is_block {
        judging.add(rule, effect, Lifted::BY_PEOPLE, Found::new(text));
    } else {
        let age = judging.policy.behaviour.grandfather_days;
        let end = judging.case.birth().plus_days(age);
        if judging.now < end {
            judging.changes_at(end);
            let found = Found::new(text).until(Some(end));
            judging.add(rule, effect, Lifted::BY_PEOPLE, found);
        } else {
            text.push_str(&format!(
                "; it has been out for more than {}, so this is only told",
                days(age)
            ));
            judging.add(rule, Effect::Note, Lifted::NEVER, Found::new(text));
        }
    }
}
