//! What decisions do to verdicts.

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::{PackageName, Range, Version};

use super::{Decision, Review, Reviewed, Reviews, Subject};
use crate::verdict::{Effect, Outcome, Reason, Verdict};

const OURS: &str = "aa";
const APPROVE: Decision = Decision::Approve { lifts_block: false };
const WAIVE: Decision = Decision::Approve { lifts_block: true };

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn in_hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn chalk() -> PackageName {
    PackageName::parse("chalk").unwrap()
}

/// A verdict of these rules and effects.
fn verdict(reasons: &[(&'static str, Effect)]) -> Verdict {
    let reasons = reasons.iter().map(|(rule, effect)| Reason {
        rule,
        effect: *effect,
        text: format!("{rule} says so"),
        until: None,
        url: None,
    });
    Verdict::of(reasons.collect(), None)
}

fn review(person: &str, decision: Decision) -> Review {
    Review {
        subject: Subject::Version {
            version: "5.6.1".into(),
            sha512: OURS.into(),
        },
        decision,
        reason: "seen".into(),
        person: person.into(),
        expires_at: Some(in_hours(24)),
    }
}

fn all(reviews: &[Review], needed: usize) -> Reviews {
    let reviews = reviews.iter().map(|review| (chalk(), review.clone()));
    Reviews::new(reviews.collect(), needed)
}

fn heard(reviews: &Reviews, verdict: Verdict, version: &str, sha512: Option<&str>) -> Verdict {
    let semver = Version::parse(version).ok();
    let of = Reviewed {
        version,
        semver: semver.as_ref(),
        sha512,
    };
    reviews.apply(verdict, &chalk(), &of, now())
}

fn outcome(reviews: &[Review], held: &[(&'static str, Effect)]) -> Outcome {
    heard(&all(reviews, 1), verdict(held), "5.6.1", Some(OURS)).outcome
}

const QUARANTINED: &[(&str, Effect)] = &[("cooldown", Effect::Quarantine)];
const BLOCKED: &[(&str, Effect)] = &[
    ("malicious", Effect::Block),
    ("cooldown", Effect::Quarantine),
];

#[test]
fn an_approval_lifts_a_quarantine_and_says_whose_it_is() {
    let heard = heard(
        &all(&[review("anna", APPROVE)], 1),
        verdict(QUARANTINED),
        "5.6.1",
        Some(OURS),
    );
    assert_eq!(heard.outcome, Outcome::Note);
    let told: Vec<_> = heard
        .reasons
        .iter()
        .map(|reason| (reason.rule, reason.effect, &*reason.text))
        .collect();
    assert_eq!(
        told,
        [
            ("cooldown", Effect::Note, "cooldown says so"),
            (
                "review",
                Effect::Note,
                "approved by anna until 2026-11-21T12:00Z: seen"
            ),
        ]
    );
    assert_eq!(heard.changes_at, Some(in_hours(24)));
}

#[test]
fn an_approval_is_of_these_bytes() {
    let reviews = all(&[review("anna", APPROVE)], 1);
    for (version, sha512) in [
        ("5.6.1", Some("bb")),
        ("5.6.1", None),
        ("5.6.2", Some(OURS)),
    ] {
        let same = heard(&reviews, verdict(QUARANTINED), version, sha512);
        assert_eq!(same, verdict(QUARANTINED), "{version} {sha512:?}");
    }
}

#[test]
fn only_a_waiver_lifts_a_block() {
    let blocked = |reviews: &[Review]| outcome(reviews, BLOCKED);
    assert_eq!(blocked(&[review("anna", APPROVE)]), Outcome::Block);
    assert_eq!(blocked(&[review("anna", WAIVE)]), Outcome::Note);
    let endless = Review {
        expires_at: None,
        ..review("anna", WAIVE)
    };
    assert_eq!(blocked(&[endless]), Outcome::Block);
    let of_range = Review {
        subject: Subject::Range(Range::any()),
        ..review("anna", WAIVE)
    };
    assert_eq!(blocked(&[of_range]), Outcome::Block);
    for never in ["integrity-changed", "internal"] {
        let held = [(never, Effect::Block)];
        assert_eq!(
            outcome(&[review("anna", WAIVE)], &held),
            Outcome::Block,
            "{never}"
        );
    }
}

#[test]
fn a_rejection_blocks_whatever_others_say() {
    let rejected = [review("anna", WAIVE), review("ben", Decision::Reject)];
    let verdict = heard(&all(&rejected, 1), verdict(&[]), "5.6.1", Some(OURS));
    assert_eq!(verdict.outcome, Outcome::Block);
    let first = verdict.headline().unwrap();
    assert_eq!(first.text, "rejected by ben until 2026-11-21T12:00Z: seen");
    // Other bytes under this name are not better for it.
    let other = heard(
        &all(&rejected, 1),
        super::tests::verdict(&[]),
        "5.6.1",
        Some("bb"),
    );
    assert_eq!(other.outcome, Outcome::Block);
}

#[test]
fn what_is_over_does_not_count() {
    for decision in [APPROVE, Decision::Reject] {
        let over = Review {
            expires_at: Some(now()),
            ..review("anna", decision)
        };
        let same = heard(&all(&[over], 1), verdict(QUARANTINED), "5.6.1", Some(OURS));
        assert_eq!(same, verdict(QUARANTINED));
    }
}

#[test]
fn two_people_are_two_people() {
    let lone = [review("anna", APPROVE), review("anna", APPROVE)];
    let waiting = heard(&all(&lone, 2), verdict(QUARANTINED), "5.6.1", Some(OURS));
    assert!(waiting.outcome.is_held());
    let note = waiting.reasons.last().unwrap();
    assert!(
        note.text.ends_with("; 1 more approval needed"),
        "{}",
        note.text
    );
    let both = [review("anna", APPROVE), review("ben", APPROVE)];
    let lifted = heard(&all(&both, 2), verdict(QUARANTINED), "5.6.1", Some(OURS));
    assert_eq!(lifted.outcome, Outcome::Note);
    assert_eq!(lifted.reasons.len(), 3);
}

#[test]
fn a_range_covers_prereleases_and_nothing_outside() {
    let range = Review {
        subject: Subject::Range(Range::parse("^5.6.0").unwrap()),
        ..review("anna", APPROVE)
    };
    let reviews = all(&[range], 1);
    let held = |version| {
        heard(&reviews, verdict(QUARANTINED), version, None)
            .outcome
            .is_held()
    };
    assert!(!held("5.6.1"));
    assert!(!held("5.7.0-beta.1"));
    assert!(held("6.0.0"));
    assert!(held("not.semver"));
}

#[test]
fn a_version_that_is_served_anyway_gets_no_further_reason() {
    let noted = [("weak-integrity", Effect::Note)];
    let reviews = all(&[review("anna", APPROVE)], 1);
    let same = heard(&reviews, verdict(&noted), "5.6.1", Some(OURS));
    assert_eq!(same.reasons, verdict(&noted).reasons);
    let other = PackageName::parse("debug").unwrap();
    assert!(reviews.of(&other).is_empty());
}

#[test]
fn what_people_wrote_is_made_printable() {
    let nasty = Review {
        reason: format!("fine\u{1b}[2J\n{}", "x".repeat(1000)),
        ..review("an\u{202e}na", APPROVE)
    };
    let verdict = heard(&all(&[nasty], 1), verdict(QUARANTINED), "5.6.1", Some(OURS));
    let text = &verdict.reasons.last().unwrap().text;
    assert!(text.len() < 500, "{}", text.len());
    assert!(
        !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
        "{text:?}"
    );
}
