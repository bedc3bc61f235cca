//! Two policies on the same cases.

use super::{Held, NAMED, Proposal, Replay};
use crate::fixtures::{Subject, at};
use crate::policy::Policy;
use crate::review::Reviews;
use crate::verdict::Outcome;

fn policy(text: serde_json::Value) -> Policy {
    serde_json::from_value(text).unwrap()
}

fn days(days: u16) -> Policy {
    policy(serde_json::json!({"cooldown": {"effect": "quarantine", "days": days}}))
}

fn young(version: &str) -> Subject {
    Subject {
        published: Some(at("2026-11-10T00:00:00Z")),
        ..Subject::new("chalk", version)
    }
}

#[test]
fn what_a_longer_cooldown_would_have_held() {
    let reviews = Reviews::default();
    let (short, long) = (days(3), days(14));
    let proposal = Proposal {
        in_force: &short,
        proposed: &long,
        reviews: &reviews,
    };
    let mut replay = Replay::default();
    // On its second day both hold it, on its fifth only the longer one, later neither does.
    for day in ["12", "15", "30"] {
        let moment = at(&format!("2026-11-{day}T00:00:00Z"));
        replay.judge(&proposal, &young("5.6.1").case(), None, moment);
    }
    assert_eq!(
        (replay.versions, replay.held_now, replay.held_then),
        (3, 1, 2)
    );
    assert_eq!(replay.rules["cooldown"], Held { now: 1, then: 2 });
    assert_eq!(replay.newly_held.len(), 1);
    let change = &replay.newly_held[0];
    assert_eq!((&*change.id, change.rule), ("chalk@5.6.1", "cooldown"));
    assert_eq!(change.at, at("2026-11-15T00:00:00Z"));
    assert_eq!(change.now, Outcome::Allow);
    assert!(change.then.is_held());
    assert_eq!(change.until, Some(at("2026-11-24T00:00:00Z")));
    assert!(replay.let_go.is_empty());

    // And what the shorter one would have let go.
    let back = Proposal {
        in_force: &long,
        proposed: &short,
        reviews: &reviews,
    };
    let mut replay = Replay::default();
    replay.judge(
        &back,
        &young("5.6.1").case(),
        None,
        at("2026-11-15T00:00:00Z"),
    );
    assert_eq!(replay.let_go[0].id, "chalk@5.6.1");
    assert!(replay.newly_held.is_empty());
}

#[test]
fn the_same_policy_changes_nothing() {
    let (policy, reviews) = (days(7), Reviews::default());
    let proposal = Proposal {
        in_force: &policy,
        proposed: &policy,
        reviews: &reviews,
    };
    let mut replay = Replay::default();
    replay.judge(
        &proposal,
        &young("5.6.1").case(),
        None,
        at("2026-11-11T00:00:00Z"),
    );
    assert_eq!((replay.held_now, replay.held_then), (1, 1));
    assert!(replay.newly_held.is_empty() && replay.let_go.is_empty());
}

#[test]
fn more_than_are_named_are_counted() {
    let (none, deny) = (
        Policy::default(),
        policy(serde_json::json!({"deny": [{"package": "chalk", "reason": "no"}]})),
    );
    let reviews = Reviews::default();
    let proposal = Proposal {
        in_force: &none,
        proposed: &deny,
        reviews: &reviews,
    };
    let mut replay = Replay::default();
    for patch in 0..NAMED + 5 {
        let subject = Subject::new("chalk", &format!("5.6.{patch}"));
        replay.judge(&proposal, &subject.case(), None, at("2026-11-11T00:00:00Z"));
    }
    assert_eq!(
        (replay.newly_held.len(), replay.more_newly_held),
        (NAMED, 5)
    );
    assert_eq!(replay.held_then, 205);
}
