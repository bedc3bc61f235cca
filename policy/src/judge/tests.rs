use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::{PackageName, Strength};
use proptest::prelude::*;
use serde_json::json;

use super::{Case, judge};
use crate::behaviour::{Behaviour, Inspected, Look, Signal, SignalKind};
use crate::fixtures::{Subject, at, osv, read, record, version};
use crate::policy::Policy;
use crate::verdict::{Effect, Outcome, Reason, Verdict};

const NOW: &str = "2026-11-21T12:00:00Z";
const YOUNG: &str = "2026-11-21T09:30:30Z";

fn policy(text: &str) -> Policy {
    toml::from_str(text).unwrap()
}

fn told(verdict: &Verdict) -> Vec<(&'static str, Effect)> {
    let reasons = verdict.reasons.iter();
    reasons.map(|reason| (reason.rule, reason.effect)).collect()
}

fn young(name: &str, version: &str) -> Subject {
    Subject {
        published: Some(at(YOUNG)),
        ..Subject::new(name, version)
    }
}

#[test]
fn nothing_to_say_is_allow() {
    let subject = Subject::new("chalk", "5.6.0").advisory(record("MAL-2025-46969"));
    let verdict = judge(&Policy::default(), &subject.case(), at(NOW));
    let expected = Verdict {
        outcome: Outcome::Allow,
        reasons: Vec::new(),
        changes_at: None,
    };
    assert_eq!(verdict, expected);
    assert_eq!(verdict.headline(), None);
}

#[test]
fn the_strictest_reason_wins_and_all_are_told() {
    let subject = Subject {
        strength: Some(Strength::Weak),
        ..young("chalk", "5.6.1").advisory(record("MAL-2025-46969"))
    };
    let verdict = judge(&Policy::default(), &subject.case(), at(NOW));
    assert_eq!(verdict.outcome, Outcome::Block);
    assert_eq!(
        told(&verdict),
        [
            ("malicious", Effect::Block),
            ("cooldown", Effect::Quarantine),
            ("weak-integrity", Effect::Note),
        ]
    );
    assert_eq!(verdict.headline().unwrap().rule, "malicious");
    assert_eq!(verdict.changes_at, Some(at("2026-11-24T09:30:30Z")));
}

#[test]
fn a_quarantine_lasts_as_long_as_its_longest_reason() {
    let policy = policy(
        r#"
        [[deny]]
        package = "chalk"
        reason = "later"
        effect = "quarantine"
        until = 2026-11-30
        "#,
    );
    let subject = young("chalk", "5.6.1");
    let verdict = judge(&policy, &subject.case(), at(NOW));
    let end = at("2026-12-01T00:00:00Z");
    assert_eq!(verdict.outcome, Outcome::Quarantine { until: Some(end) });
    assert_eq!(verdict.headline().unwrap().rule, "deny");
    // The cooldown ends first: the reasons change then, the outcome does not.
    assert_eq!(verdict.changes_at, Some(at("2026-11-24T09:30:30Z")));
    let later = judge(&policy, &subject.case(), at("2026-11-24T09:30:30Z"));
    assert_eq!(told(&later), [("deny", Effect::Quarantine)]);
    assert_eq!(later.changes_at, Some(end));
    assert_eq!(judge(&policy, &subject.case(), end).outcome, Outcome::Allow);
}

#[test]
fn a_quarantine_without_end_is_stricter_than_one_with_an_end() {
    let policy = policy("freeze = { after = 2026-11-21T00:00:00Z }");
    let verdict = judge(&policy, &young("chalk", "5.6.1").case(), at(NOW));
    assert_eq!(verdict.outcome, Outcome::Quarantine { until: None });
    assert_eq!(verdict.headline().unwrap().rule, "freeze");
    let mut outcomes = [
        Outcome::Block,
        Outcome::Quarantine { until: None },
        Outcome::Note,
        Outcome::Quarantine {
            until: Some(at(NOW)),
        },
        Outcome::Allow,
        Outcome::Quarantine {
            until: Some(at(YOUNG)),
        },
    ];
    outcomes.sort();
    let words = outcomes.map(|outcome| (outcome.as_str(), outcome.until()));
    let expected = [
        ("allow", None),
        ("note", None),
        ("quarantine", Some(at(YOUNG))),
        ("quarantine", Some(at(NOW))),
        ("quarantine", None),
        ("block", None),
    ];
    assert_eq!(words, expected);
}

#[test]
fn what_was_served_stays_but_for_malice_and_denial() {
    let policy = policy(
        r#"
        vulnerable = "block"
        weak-integrity = "block"
        freeze = { effect = "block", after = 2026-11-21T00:00:00Z }
        cooldown = "block"
        "#,
    );
    let mut subject = Subject {
        strength: None,
        ..young("minimist", "1.2.5").advisory(record("GHSA-xvch-5gv4-984h"))
    };
    let before = judge(&policy, &subject.case(), at(NOW));
    assert_eq!(before.outcome, Outcome::Block);
    subject.served = true;
    let after = judge(&policy, &subject.case(), at(NOW));
    assert_eq!(after.outcome, Outcome::Note);
    let rules = ["vulnerable", "cooldown", "freeze", "weak-integrity"];
    assert_eq!(told(&after), rules.map(|rule| (rule, Effect::Note)));
    assert!(
        after
            .reasons
            .iter()
            .all(|reason| reason.text.ends_with("; it was served before, so it stays"))
    );
    subject.advisories.push(Arc::new(read(&osv(
        "MAL-2026-1",
        json!([[{ "introduced": "0" }]]),
    ))));
    assert_eq!(
        judge(&policy, &subject.case(), at(NOW)).outcome,
        Outcome::Block
    );
}

#[test]
fn suspicion_can_be_quarantined_and_lifted() {
    let strict = r#"malicious = { suspected = "quarantine" }"#;
    let mut subject = Subject::new("@ctrl/tinycolor", "4.1.0").advisory(record("MAL-2025-47141"));
    let verdict = judge(&policy(strict), &subject.case(), at(NOW));
    assert_eq!(verdict.outcome, Outcome::Quarantine { until: None });
    let allowed = format!(
        "{strict}\nallow = [{{ package = \"@ctrl/tinycolor@4.1.0\", reason = \"inspected\" }}]"
    );
    let verdict = judge(&policy(&allowed), &subject.case(), at(NOW));
    assert_eq!(
        told(&verdict),
        [("malicious", Effect::Note), ("allow", Effect::Note)]
    );
    subject.served = true;
    let verdict = judge(&policy(strict), &subject.case(), at(NOW));
    assert_eq!(verdict.outcome, Outcome::Note);
    // Never stricter than the effect on what is certain.
    let mild = policy(r#"malicious = { effect = "off", suspected = "block" }"#);
    assert_eq!(
        judge(&mild, &subject.case(), at(NOW)).outcome,
        Outcome::Allow
    );
}

#[test]
fn one_incident_is_one_reason() {
    let mut ghsa = read(&osv("GHSA-1", json!([[{ "introduced": "0" }]])));
    ghsa.aliases = ["MAL-2026-1".into()].into();
    let mal = read(&osv("MAL-2026-1", json!([[{ "introduced": "0" }]])));
    let subject = Subject::new("subject", "1.0.0")
        .advisory(ghsa)
        .advisory(mal);
    let strict = policy(r#"vulnerable = "block""#);
    let verdict = judge(&strict, &subject.case(), at(NOW));
    assert_eq!(told(&verdict), [("malicious", Effect::Block)]);
    // With the other rule off, the vulnerability is told.
    let other = policy("vulnerable = \"block\"\nmalicious = \"off\"");
    let verdict = judge(&other, &subject.case(), at(NOW));
    assert_eq!(told(&verdict), [("vulnerable", Effect::Block)]);
}

#[test]
fn a_version_that_is_not_semver_is_said_to_be_compared_as_text() {
    let mut subject = Subject::new("chalk", "1.2").advisory(record("MAL-2024-11183"));
    let verdict = judge(&Policy::default(), &subject.case(), at(NOW));
    assert_eq!(told(&verdict), [("malicious", Effect::Note)]);
    assert!(
        verdict.reasons[0]
            .text
            .starts_with("1.2 is not a SemVer version")
    );
    subject.version = "5.6\u{1b}\n1".to_owned();
    let verdict = judge(&Policy::default(), &subject.case(), at(NOW));
    assert!(verdict.reasons[0].text.starts_with("5.6\\u{1b}\\n1 is not"));
}

#[test]
fn a_fix_is_let_through_and_says_so() {
    let fix = |in_use: &[&str]| Subject {
        in_use: in_use.iter().map(|text| version(text)).collect(),
        ..young("minimist", "1.2.6").advisory(record("GHSA-xvch-5gv4-984h"))
    };
    let verdict = judge(
        &Policy::default(),
        &fix(&["1.2.5", "0.0.1"]).case(),
        at(NOW),
    );
    assert_eq!(
        told(&verdict),
        [("cooldown", Effect::Note), ("security-fix", Effect::Note)]
    );
    assert_eq!(verdict.security_fix().unwrap().rule, "security-fix");
    assert_eq!(verdict.changes_at, Some(at("2026-11-24T09:30:30Z")));
    // It still says so once it was served.
    let served = Subject {
        served: true,
        ..fix(&["1.2.5"])
    };
    assert!(
        judge(&Policy::default(), &served.case(), at(NOW))
            .security_fix()
            .is_some()
    );
    // Nobody needs it; the rule is off; the version is spelled in another way.
    assert!(
        judge(&Policy::default(), &fix(&["1.2.6"]).case(), at(NOW))
            .outcome
            .is_held()
    );
    let off = policy(r#"security-fix = "off""#);
    assert!(
        judge(&off, &fix(&["1.2.5"]).case(), at(NOW))
            .outcome
            .is_held()
    );
    let other = Subject {
        version: "1.2.6+other".to_owned(),
        ..fix(&["1.2.5"])
    };
    assert!(
        judge(&Policy::default(), &other.case(), at(NOW))
            .outcome
            .is_held()
    );
    // After the cooldown there is nothing to lift and nothing to say.
    let later = judge(
        &Policy::default(),
        &fix(&["1.2.5"]).case(),
        at("2026-11-25T00:00:00Z"),
    );
    assert_eq!(later.outcome, Outcome::Allow);
}

#[test]
fn a_fix_of_malicious_code_may_be_vulnerable_but_not_malicious() {
    let events = json!([[{ "introduced": "1.0.0" }, { "fixed": "1.0.1" }]]);
    let subject = |others: &[(&str, &str)]| {
        let mut subject =
            young("subject", "1.0.1").advisory(read(&osv("MAL-2026-1", events.clone())));
        for (id, introduced) in others {
            let other = read(&osv(id, json!([[{ "introduced": introduced }]])));
            subject = subject.advisory(other);
        }
        subject.in_use.push(version("1.0.0"));
        subject
    };
    let held = |others: &[(&str, &str)]| {
        judge(&Policy::default(), &subject(others).case(), at(NOW))
            .outcome
            .is_held()
    };
    assert!(!held(&[]));
    assert!(!held(&[("GHSA-1", "0")]));
    assert!(!held(&[("MAL-2026-2", "1.0.2")]));
    assert!(held(&[("MAL-2026-2", "1.0.1")]));
}

#[test]
fn withdrawn_advisories_neither_hold_nor_let_through() {
    let mut fixing = record("GHSA-xvch-5gv4-984h");
    fixing.withdrawn = Some(at(YOUNG));
    let mut subject = young("minimist", "1.2.6").advisory(fixing);
    subject.in_use.push(version("1.2.5"));
    assert!(
        judge(&Policy::default(), &subject.case(), at(NOW))
            .outcome
            .is_held()
    );
    let mut malicious = record("MAL-2025-46969");
    malicious.withdrawn = Some(at(YOUNG));
    let subject = Subject::new("chalk", "5.6.1").advisory(malicious);
    assert_eq!(
        judge(&Policy::default(), &subject.case(), at(NOW)).outcome,
        Outcome::Allow
    );
}

#[test]
fn an_allowance_that_runs_out_is_in_changes_at() {
    let policy = policy(
        r#"
        [[allow]]
        package = "our-*"
        reason = "first"
        until = 2026-11-22
        [[allow]]
        package = "our-fork"
        reason = "second"
        until = 2026-11-21T20:00:00Z
        "#,
    );
    let verdict = judge(&policy, &young("our-fork", "2.0.0").case(), at(NOW));
    assert_eq!(
        told(&verdict),
        [("cooldown", Effect::Note), ("allow", Effect::Note)]
    );
    // The one that holds longest.
    assert!(verdict.reasons[1].text.ends_with("first"));
    assert_eq!(verdict.changes_at, Some(at("2026-11-23T00:00:00Z")));
}

fn attack() -> Inspected {
    Inspected {
        outcome: Look::Block,
        summary: "remote-code: index.js:1: runs what a host answers".to_owned(),
        against: Some("1.0.0".to_owned()),
        signals: Vec::new(),
    }
}

#[test]
fn only_a_waiver_that_ends_lifts_what_behaviour_blocks() {
    let mut subject = Subject::new("subject", "1.0.1");
    subject.inspected = Some(attack());
    let allow = |until: &str| {
        policy(&format!(
            "allow = [{{ package = \"subject@1.0.1\", reason = \"read\"{until} }}]"
        ))
    };
    let now = at(NOW);
    let outcome = |policy: &Policy, subject: &Subject| judge(policy, &subject.case(), now).outcome;
    assert_eq!(outcome(&allow(""), &subject), Outcome::Block);
    let waiver = allow(", until = 2026-12-01");
    assert_eq!(outcome(&waiver, &subject), Outcome::Note);
    let verdict = judge(&waiver, &subject.case(), now);
    assert!(verdict.changes_at.is_some());
    // A quarantine is lifted by either.
    subject.inspected = Some(Inspected {
        outcome: Look::Quarantine,
        ..attack()
    });
    subject.published = Some(now);
    let days = policy("cooldown = \"off\"\nallow = [{ package = \"subject\", reason = \"ours\" }]");
    assert_eq!(outcome(&days, &subject), Outcome::Note);
}

#[test]
fn a_fix_that_does_what_attacks_do_waits() {
    let mut subject = young("subject", "1.0.1").advisory(read(&osv(
        "GHSA-x",
        json!([[{ "introduced": "0" }, { "fixed": "1.0.1" }]]),
    )));
    subject.in_use = vec![version("1.0.0")];
    let default = Policy::default();
    assert!(!judge(&default, &subject.case(), at(NOW)).outcome.is_held());
    subject.inspected = Some(Inspected {
        outcome: Look::Quarantine,
        ..attack()
    });
    let verdict = judge(&default, &subject.case(), at(NOW));
    assert!(verdict.outcome.is_held(), "{verdict:?}");
}

#[test]
fn time_ends_a_quarantine_for_behaviour_and_no_block() {
    let mut subject = Subject::new("subject", "1.0.1");
    subject.published = Some(at("2026-11-01T00:00:00Z"));
    subject.inspected = Some(Inspected {
        outcome: Look::Quarantine,
        ..attack()
    });
    let old = at("2026-12-01T00:00:00Z");
    let default = Policy::default();
    let verdict = judge(&default, &subject.case(), at(NOW));
    assert_eq!(verdict.outcome, Outcome::Quarantine { until: Some(old) });
    assert_eq!(verdict.changes_at, Some(old));
    assert_eq!(judge(&default, &subject.case(), old).outcome, Outcome::Note);
    // Somebody made a signal a block: no time lifts it.
    let strict = policy("new-install-script = \"block\"");
    subject.inspected = Some(Inspected {
        outcome: Look::Note,
        signals: vec![Signal {
            of: SignalKind::NewInstallScript,
            text: "postinstall: node a.js".to_owned(),
        }],
        ..attack()
    });
    assert_eq!(judge(&strict, &subject.case(), old).outcome, Outcome::Block);
}

#[test]
fn authors_cannot_write_into_the_sentence() {
    let mut json = osv("GHSA-1", json!([[{ "introduced": "0" }]]));
    json["summary"] = "good\u{202e}\u{1b}[31m\nline".into();
    let subject = Subject::new("subject", "1.0.0").advisory(read(&json));
    let verdict = judge(&policy(r#"vulnerable = "note""#), &subject.case(), at(NOW));
    assert_eq!(
        verdict.reasons[0].text,
        "GHSA-1, severity unknown: good\\u{202e} [31m line"
    );
}

#[test]
fn a_verdict_is_told_as_json() {
    let verdict = judge(&Policy::default(), &young("chalk", "5.6.1").case(), at(NOW));
    let told = serde_json::to_value(&verdict).unwrap();
    let expected = json!({
        "outcome": "quarantine",
        "reasons": [{
            "rule": "cooldown",
            "effect": "quarantine",
            "text": "published 2026-11-21, in cooldown until 2026-11-24T09:31Z (3 days)",
            "until": "2026-11-24T09:30:30Z",
            "url": null,
        }],
        "changes_at": "2026-11-24T09:30:30Z",
    });
    assert_eq!(told, expected);
}

#[derive(Debug, Clone)]
struct Made {
    policy: Policy,
    version: String,
    published: Option<i64>,
    absent_at: Option<i64>,
    first_contact: i64,
    strength: Option<Strength>,
    advisories: Vec<usize>,
    in_use: Vec<String>,
    served: bool,
    now: i64,
    later: i64,
}

/// Hours after the beginning of 2026.
fn hour(hours: i64) -> Timestamp {
    at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(hours)
}

fn some_policy() -> impl Strategy<Value = Policy> {
    let effect = || prop::sample::select(vec!["off", "note", "quarantine", "block"]);
    let until = || prop::option::of(0..400_i64);
    let lists = (
        prop::collection::vec((effect(), until()), 0..3),
        prop::collection::vec(until(), 0..3),
        prop::option::of((effect(), 0..300_i64, any::<bool>())),
        any::<bool>(),
    );
    let settings = (
        effect(),
        effect(),
        effect(),
        effect(),
        effect(),
        0..8_u8,
        any::<bool>(),
    );
    (settings, lists).prop_map(|(settings, (deny, allow, freeze, internal))| {
        let (malicious, suspected, vulnerable, cooldown, weak, days, fixes) = settings;
        let mut text = format!(
            "malicious = {{ effect = \"{malicious}\", suspected = \"{suspected}\" }}\n\
             vulnerable = {{ effect = \"{vulnerable}\", severity = \"low\" }}\n\
             cooldown = {{ effect = \"{cooldown}\", days = {days} }}\n\
             weak-integrity = \"{weak}\"\n\
             security-fix = \"{}\"\n\
             in-use = [\"subject@1.0.0\"]\n",
            if fixes { "note" } else { "off" },
        );
        if internal {
            text.push_str("internal = [\"sub*\"]\n");
        }
        if let Some((effect, after, include)) = freeze {
            let after = hour(after);
            text.push_str(&format!("freeze = {{ effect = \"{effect}\", after = {after}, include-served = {include} }}\n"));
        }
        let until = |until: Option<i64>| until.map_or(String::new(), |hours| format!("until = {}\n", hour(hours)));
        for (effect, end) in deny {
            let end = until(end);
            text.push_str(&format!("[[deny]]\npackage = \"subject@^1.0.0\"\nreason = \"d\"\neffect = \"{effect}\"\n{end}"));
        }
        for end in allow {
            let end = until(end);
            text.push_str(&format!("[[allow]]\npackage = \"subject\"\nreason = \"a\"\n{end}"));
        }
        policy(&text)
    })
}

fn some_case() -> impl Strategy<Value = Made> {
    let versions = || {
        prop::sample::select(vec![
            "1.0.0",
            "1.0.1",
            "1.1.0-rc.1",
            "2.0.0",
            "junk",
            "0.0.1-security",
        ])
    };
    let times = (
        prop::option::of(0..300_i64),
        prop::option::of(0..300_i64),
        0..300_i64,
    );
    let strength = prop::sample::select(vec![None, Some(Strength::Weak), Some(Strength::Strong)]);
    let advisories = prop::collection::vec(0..6_usize, 0..4);
    let in_use = prop::collection::vec(versions().prop_map(str::to_owned), 0..3);
    let clock = (0..400_i64, 1..400_i64);
    (
        some_policy(),
        versions(),
        times,
        strength,
        advisories,
        in_use,
        any::<bool>(),
        clock,
    )
        .prop_map(
            |(policy, version, times, strength, advisories, in_use, served, (now, later))| Made {
                policy,
                version: version.to_owned(),
                published: times.0,
                absent_at: times.1,
                first_contact: times.2,
                strength,
                advisories,
                in_use,
                served,
                now,
                later,
            },
        )
}

fn advisories() -> [crate::Advisory; 6] {
    let stale = |mut advisory: crate::Advisory| {
        advisory.suspicion = Some(crate::advisory::Suspicion::StaleReport);
        advisory
    };
    let mut withdrawn = read(&osv("MAL-2026-4", json!([[{ "introduced": "0" }]])));
    withdrawn.withdrawn = Some(at(YOUNG));
    [
        read(&osv(
            "MAL-2026-1",
            json!([[{ "introduced": "1.0.0" }, { "fixed": "1.0.1" }]]),
        )),
        stale(read(&osv(
            "MAL-2026-2",
            json!([[{ "introduced": "9.0.0" }]]),
        ))),
        read(&osv("MAL-2026-3", json!([[{ "introduced": "0" }]]))),
        withdrawn,
        read(&osv(
            "GHSA-1",
            json!([[{ "introduced": "0" }, { "fixed": "2.0.0" }]]),
        )),
        read(&osv("GHSA-2", json!([[{ "introduced": "1.1.0" }]]))),
    ]
}

impl Made {
    fn subject(&self) -> Subject {
        let known = advisories();
        let mut subject = Subject::new("subject", &self.version);
        subject.published = self.published.map(hour);
        subject.absent_at = self.absent_at.map(hour);
        subject.first_contact = hour(self.first_contact);
        subject.strength = self.strength;
        subject.advisories = self
            .advisories
            .iter()
            .map(|index| Arc::new(known[*index].clone()))
            .collect();
        subject.in_use = self
            .in_use
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        subject.served = self.served;
        subject
    }
}

proptest! {
    #[test]
    fn the_outcome_is_the_strictest_reason(made in some_case()) {
        let subject = made.subject();
        let verdict = judge(&made.policy, &subject.case(), hour(made.now));
        let strictest = verdict.reasons.iter().map(Reason::outcome).max().unwrap_or(Outcome::Allow);
        prop_assert_eq!(verdict.outcome, strictest);
        prop_assert_eq!(verdict.reasons.is_empty(), verdict.outcome == Outcome::Allow);
        prop_assert_eq!(verdict.headline().map_or(Outcome::Allow, Reason::outcome), verdict.outcome);
        for reason in &verdict.reasons {
            prop_assert_ne!(reason.effect, Effect::Off);
            prop_assert!(!reason.text.is_empty() && !reason.text.contains('\n'));
            prop_assert!(crate::rules::rule(reason.rule).is_some());
        }
    }

    /// Between now and `changes_at` the verdict is the same, whenever it is asked for.
    #[test]
    fn nothing_changes_before_it_is_due(made in some_case()) {
        let subject = made.subject();
        let now = hour(made.now);
        let verdict = judge(&made.policy, &subject.case(), now);
        if let Some(due) = verdict.changes_at {
            prop_assert!(due > now);
        }
        let later = hour(made.now + made.later);
        let asked = verdict.changes_at.map_or(later, |due| later.min(due - SignedDuration::from_nanos(1)));
        prop_assert_eq!(judge(&made.policy, &subject.case(), asked), verdict);
    }

    #[test]
    fn extremes_do_not_panic(published in any::<prop::sample::Index>(), now in any::<prop::sample::Index>(), text in ".{0,40}") {
        let extremes = [Timestamp::MIN, Timestamp::UNIX_EPOCH, at(NOW), Timestamp::MAX];
        let name = PackageName::parse("subject").unwrap();
        let time = |index: prop::sample::Index| extremes[index.index(extremes.len())];
        let case = Case {
            name: &name,
            version: &text,
            semver: None,
            published: Some(time(published)),
            absent_at: Some(time(now)),
            first_contact: time(published),
            strength: None,
            advisories: &[],
            in_use: &[],
            served: false,
            behaviour: Behaviour::NotInspected,
        };
        judge(&policy("cooldown = { days = 3650 }\nfreeze = { after = 2026-01-01T00:00:00Z }"), &case, time(now));
    }
}
