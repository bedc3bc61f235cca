use insta::assert_snapshot;
use lazaret_npm::{PackageName, Version};
use serde::Deserialize;

use super::{Allow, Cooldown, Expiry, Instant, Policy, Selector};
use crate::advisory::Severity;
use crate::fixtures::at;
use crate::verdict::Effect;

/// As in `lazaret.toml`.
#[derive(Debug, Deserialize)]
struct File {
    policy: Policy,
}

fn parse(text: &str) -> Policy {
    let file: Result<File, _> = toml::from_str(text);
    file.unwrap_or_else(|error| panic!("{error}")).policy
}

/// What the error points at, and what it says.
fn error(text: &str) -> String {
    let error = toml::from_str::<File>(text).unwrap_err();
    format!("{}\n    {}", &text[error.span().unwrap()], error.message())
}

#[test]
fn an_empty_table_is_the_default() {
    let policy = parse("[policy]\n");
    assert_eq!(policy, Policy::default());
    assert_eq!(policy.malicious.effect, Effect::Block);
    assert_eq!(policy.malicious.suspected, Effect::Note);
    assert_eq!(
        (policy.vulnerable.effect, policy.vulnerable.severity),
        (Effect::Off, Severity::High)
    );
    assert_eq!(
        (policy.cooldown.effect, policy.cooldown.days),
        (Effect::Quarantine, 3)
    );
    assert_eq!(policy.weak_integrity.effect, Effect::Note);
    assert_eq!(policy.freeze, None);
}

#[test]
fn an_effect_alone_keeps_the_other_defaults() {
    for (word, effect) in [
        ("off", Effect::Off),
        ("note", Effect::Note),
        ("quarantine", Effect::Quarantine),
        ("block", Effect::Block),
    ] {
        let policy = parse(&format!(
            "[policy]\nmalicious = \"{word}\"\nvulnerable = \"{word}\"\ncooldown = \"{word}\"\nweak-integrity = \"{word}\""
        ));
        assert_eq!(policy.malicious.effect, effect);
        assert_eq!(policy.malicious.suspected, effect.min(Effect::Note));
        assert_eq!(policy.vulnerable.effect, effect);
        assert_eq!(
            policy.cooldown,
            Cooldown {
                effect,
                ..Cooldown::default()
            }
        );
        assert_eq!(policy.weak_integrity.effect, effect);
        assert_eq!(
            policy.weak_integrity.missing.is_held(),
            effect != Effect::Off
        );
    }
}

const EVERYTHING: &str = r#"
[policy]
malicious = { suspected = "quarantine" }
vulnerable = { effect = "note", severity = "medium" }
cooldown = { days = 7, exempt = ["@ours/*"] }
weak-integrity = "block"
security-fix = "off"
internal = ["@ours/*", "our-*"]
in-use = ["lodash@4.17.20", "lodash@4.17.19", "@a/b@1.0.0-rc.1"]
freeze = { after = 2025-09-08T15:00:00+02:00, include-served = true }

[[policy.deny]]
package = "event-stream@>=3.3.6 <4"
reason = "stole wallets"
until = 2026-12-31

[[policy.allow]]
package = "@ours/fork"
reason = "ours"
until = "2026-12-31T18:00:00Z"
"#;

#[test]
fn everything_can_be_set() {
    let policy = parse(EVERYTHING);
    assert_eq!(policy.malicious.suspected, Effect::Quarantine);
    assert_eq!(policy.vulnerable.severity, Severity::Moderate);
    assert_eq!(policy.cooldown.days, 7);
    assert_eq!(policy.security_fix.effect, Effect::Off);
    let freeze = policy.freeze.clone().unwrap();
    assert_eq!(
        (freeze.effect, freeze.after.0),
        (Effect::Quarantine, at("2025-09-08T13:00:00Z"))
    );
    let name = |text: &str| PackageName::parse(text).unwrap();
    assert!(policy.is_internal(&name("@ours/x")) && policy.is_internal(&name("our-x")));
    assert!(!policy.is_internal(&name("ours")));
    let in_use: Vec<String> = policy
        .in_use(&name("lodash"))
        .map(Version::to_string)
        .collect();
    assert_eq!(in_use, ["4.17.20", "4.17.19"]);
    assert_eq!(policy.deny[0].effect, Effect::Block);
    assert_eq!(
        policy.deny[0].until.as_ref().unwrap().end(),
        at("2027-01-01T00:00:00Z")
    );
    assert_eq!(
        policy.allow[0].until.as_ref().unwrap().end(),
        at("2026-12-31T18:00:00Z")
    );
}

#[test]
fn what_is_shown_reads_back() {
    for text in [EVERYTHING, "[policy]"] {
        let policy = parse(text);
        let shown = toml::to_string_pretty(&policy).unwrap();
        assert_eq!(toml::from_str::<Policy>(&shown).unwrap(), policy, "{shown}");
    }
    assert_snapshot!(toml::to_string(&parse(EVERYTHING)).unwrap(), @r#"
    internal = ["@ours/*", "our-*"]
    in-use = ["lodash@4.17.20", "lodash@4.17.19", "@a/b@1.0.0-rc.1"]

    [malicious]
    effect = "block"
    suspected = "quarantine"

    [vulnerable]
    effect = "note"
    severity = "moderate"

    [behaviour]
    effect = "block"
    grandfather-days = 30

    [incomplete-inspection]
    effect = "quarantine"

    [manifest-confusion]
    effect = "quarantine"

    [new-install-script]
    effect = "note"

    [phantom-dependency]
    effect = "note"

    [publisher-changed]
    effect = "note"

    [trust-downgrade]
    effect = "note"

    [cooldown]
    effect = "quarantine"
    days = 7
    exempt = ["@ours/*"]

    [weak-integrity]
    effect = "block"
    missing = "block"

    [security-fix]
    effect = "off"

    [freeze]
    effect = "quarantine"
    after = "2025-09-08T13:00:00Z"
    include-served = true

    [[deny]]
    package = "event-stream@>=3.3.6 <4"
    reason = "stole wallets"
    effect = "block"
    until = "2026-12-31"

    [[allow]]
    package = "@ours/fork"
    reason = "ours"
    until = "2026-12-31T18:00:00Z"
    "#);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let mistakes = [
        "[policy]\ncooldwon = \"off\"",
        "[policy]\ncooldown = \"of\"",
        "[policy]\ncooldown = 3",
        "[policy]\ncooldown = { days = -1 }",
        "[policy]\ncooldown = { days = 3.5 }",
        "[policy]\ncooldown = { effect = \"quarantine\", dais = 3 }",
        "[policy]\nvulnerable = { severity = \"grave\" }",
        "[policy]\nsecurity-fix = \"block\"",
        "[policy]\ninternal = [\"@ours\"]",
        "[policy]\nin-use = [\"lodash\"]",
        "[policy]\nfreeze = \"block\"",
        "[policy]\nfreeze = { effect = \"block\" }",
        "[policy]\nfreeze = { after = 2025-09-08 }",
        "[[policy.deny]]\npackage = \"event-stream@>>3\"\nreason = \"x\"",
        "[[policy.deny]]\npackage = \"event-stream@\"\nreason = \"x\"",
        "[[policy.deny]]\npackage = \"event-stream\"",
        "[[policy.allow]]\npackage = \"event-stream\"\nreason = \" \"",
        "[[policy.allow]]\npackage = \"event-stream\"\nreason = \"x\"\nuntil = 2026-13-31",
        "[[policy.allow]]\npackage = \"event-stream\"\nreason = \"x\"\nuntil = 2026-12-31T18:00:00",
        "[[policy.allow]]\npackage = \"event-stream\"\nreason = \"x\"\neffect = \"note\"",
    ];
    let shown: Vec<String> = mistakes.iter().map(|text| error(text)).collect();
    assert_snapshot!(shown.join("\n"), @r#"
    cooldwon
        unknown field `cooldwon`, expected one of `malicious`, `vulnerable`, `behaviour`, `incomplete-inspection`, `manifest-confusion`, `new-install-script`, `phantom-dependency`, `publisher-changed`, `trust-downgrade`, `cooldown`, `weak-integrity`, `security-fix`, `internal`, `in-use`, `freeze`, `deny`, `allow`
    "of"
        invalid value: string "of", expected "off", "note", "quarantine", "block" or a table with the key effect
    3
        invalid type: integer `3`, expected "off", "note", "quarantine", "block" or a table with the key effect
    -1
        invalid value: integer `-1`, expected a whole number of days from 0 to 3650
    3.5
        invalid type: floating point `3.5`, expected a whole number of days from 0 to 3650
    dais
        unknown field `dais`, expected one of `effect`, `days`, `exempt`
    "grave"
        unknown variant `grave`, expected one of `info`, `low`, `medium`, `moderate`, `high`, `critical`
    "block"
        this rule lets versions through, it can be "off" or "note"
    "@ours"
        "@ours" is not a package name or pattern: write a name (left-pad), a scope (@ours/*), the start of a name (ours-*), or * for all
    "lodash"
        write the package with its version, as in chalk@5.6.1
    "block"
        invalid type: string "block", expected a table such as { after = 2025-09-08T13:00:00Z }
    { effect = "block" }
        missing field `after`
    2025-09-08
        "2025-09-08" is not a time with its offset such as 2025-09-08T13:00:00Z
    "event-stream@>>3"
        in "event-stream@>>3", ">>3" is not a version range: a range reads like ^1.2.0, ~1.2, 1.x, >=1.0.0 <2 or 1.0.0 - 2.0.0, several joined by ||
    "event-stream@"
        "event-stream@" ends with @: write the range after it, or leave the @ out to mean every version
    [[policy.deny]]
        missing field `reason`
    " "
        the reason is empty: say why, whoever is refused reads it
    2026-13-31
        invalid date, expected month between 01 and 12
    2026-12-31T18:00:00
        "2026-12-31T18:00:00" is not a date such as 2026-12-31 or a time with its offset such as 2026-12-31T18:00:00Z
    effect
        unknown field `effect`, expected one of `package`, `reason`, `until`
    "#);
}

#[test]
fn expiry_is_the_end_of_the_day() {
    let day = Expiry::parse("2026-12-31").unwrap();
    assert!(!day.is_over(at("2026-12-31T23:59:59Z")));
    assert!(day.is_over(at("2027-01-01T00:00:00Z")));
    let instant = Expiry::parse("2026-12-31T18:00:00+01:00").unwrap();
    assert_eq!(instant.end(), at("2026-12-31T17:00:00Z"));
    assert_eq!(instant.to_string(), "2026-12-31T18:00:00+01:00");
    for text in [
        "",
        "tomorrow",
        "2026-12-31T18:00:00",
        "2026-12-31 ",
        "18:00:00",
        "20261231",
    ] {
        assert!(Expiry::parse(text).is_err(), "{text}");
    }
    assert!(
        !Expiry::parse("9999-12-31")
            .unwrap()
            .is_over(at("9999-12-30T00:00:00Z"))
    );
    assert!(Instant::parse("2026-12-31").is_err());
}

#[test]
fn what_ran_out_is_reported() {
    let policy = parse(EVERYTHING);
    let expired = |now: &str| -> Vec<String> {
        let entries = policy.expired(at(now));
        entries
            .map(|entry| format!("{} {}: {}", entry.list, entry.package, entry.reason))
            .collect()
    };
    assert_eq!(expired("2026-12-31T17:59:59Z"), Vec::<String>::new());
    assert_eq!(expired("2026-12-31T18:00:00Z"), ["allow @ours/fork: ours"]);
    assert_eq!(
        expired("2027-01-01T00:00:00Z"),
        [
            "deny event-stream@>=3.3.6 <4: stole wallets",
            "allow @ours/fork: ours"
        ]
    );
    let forever = Policy {
        allow: vec![Allow {
            until: None,
            ..policy.allow[0].clone()
        }],
        ..Policy::default()
    };
    assert_eq!(forever.expired(at("9000-01-01T00:00:00Z")).count(), 0);
}

#[test]
fn selectors_cover_and_grant() {
    // selector, name, version: covered by a denial, granted by an allowance
    let told = [
        ("left-pad", "left-pad", "1.0.0", true, true),
        ("left-pad", "left-pad2", "1.0.0", false, false),
        ("left-pad", "left-pad", "not a version", true, true),
        ("left-pad@*", "left-pad", "1.0.0-rc.1", true, true),
        ("left-pad@^1", "left-pad", "1.2.0", true, true),
        ("left-pad@^1", "left-pad", "2.0.0", false, false),
        ("left-pad@^1", "left-pad", "1.2.0-rc.1", true, false),
        ("left-pad@1.2.0-rc.1", "left-pad", "1.2.0-rc.1", true, true),
        ("left-pad@^1", "left-pad", "not a version", false, false),
        ("@scope/*", "@scope/a", "1.0.0", true, true),
        ("@scope/*@<2", "@scope/a", "2.0.0", false, false),
        ("@scope/a @ 1.0.0 || 2.0.0", "@scope/a", "2.0.0", true, true),
        ("*", "anything", "1.0.0", true, true),
        ("*@1.0.0", "anything", "1.0.1", false, false),
    ];
    for (selector, name, version, covered, granted) in told {
        let selector = Selector::parse(selector).unwrap();
        let name = PackageName::parse(name).unwrap();
        let semver = Version::parse(version).ok();
        assert_eq!(
            selector.covers(&name, version, semver.as_ref()),
            covered,
            "{selector} {name}@{version}"
        );
        assert_eq!(
            selector.grants(&name, version, semver.as_ref()),
            granted,
            "{selector} {name}@{version}"
        );
        assert_eq!(Selector::parse(&selector.to_string()).unwrap(), selector);
    }
    for text in ["", "@", "@scope", "a@b@c", "a@", "UPPER CASE", "a@latest"] {
        assert!(Selector::parse(text).is_err(), "{text}");
    }
}

#[test]
fn behaviour_can_be_watched_without_holding() {
    let strict = parse("[policy]\nphantom-dependency = \"block\"\ntrust-downgrade = \"off\"\n");
    let watched = strict.clone().behaviour_at_most(Effect::Note);
    assert_eq!(watched.behaviour.effect, Effect::Note);
    assert_eq!(watched.phantom_dependency.effect, Effect::Note);
    assert_eq!(watched.trust_downgrade.effect, Effect::Off);
    // What is not about behaviour is as it was.
    assert_eq!(watched.cooldown, strict.cooldown);
    let off = strict.behaviour_at_most(Effect::Off);
    assert_eq!(off.incomplete_inspection.effect, Effect::Off);
}
