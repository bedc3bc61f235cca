use super::*;
use crate::finding::{Phase, Severity};
use crate::hash::Hashes;
use crate::inspect::tests::{files, inspected};

fn finding(site: u64, shape: u64) -> Finding {
    Finding {
        rule: "process-spawn",
        severity: Severity::Medium,
        phase: Phase::Import,
        place: Place {
            file: "index.js".to_owned(),
            line: 1,
            column: 1,
        },
        message: String::new(),
        evidence: String::new(),
        via: Vec::new(),
        fingerprint: site * 1_000 + shape,
        site,
        named: false,
        shape,
    }
}

fn version(findings: &[Finding]) -> Inspected {
    let mut inspected = Inspected {
        shapes: findings.iter().map(|finding| finding.shape).collect(),
        ..Inspected::default()
    };
    inspected.report.findings = findings.to_vec();
    inspected
}

fn novelties(before: &[Finding], after: &[Finding]) -> Vec<Novelty> {
    let (compared, _) = novelty::compare(&version(before), &version(after), false);
    compared
        .into_iter()
        .map(|compared| compared.novelty)
        .collect()
}

#[test]
fn the_same_is_unchanged_and_elsewhere_it_is_moved() {
    let one = finding(1, 1);
    assert_eq!(
        novelties(std::slice::from_ref(&one), std::slice::from_ref(&one)),
        [Novelty::Unchanged]
    );
    let mut elsewhere = one.clone();
    elsewhere.place.file = "dist/index.js".to_owned();
    elsewhere.place.line = 900;
    assert_eq!(novelties(&[one], &[elsewhere]), [Novelty::Moved]);
}

#[test]
fn an_edited_function_keeps_its_calls_and_one_more_is_new() {
    let before = [finding(1, 1), finding(1, 2)];
    assert_eq!(
        novelties(&before, &[finding(1, 1), finding(1, 7), finding(1, 8)]),
        [Novelty::Unchanged, Novelty::Unchanged, Novelty::New]
    );
    assert_eq!(novelties(&before, &[finding(2, 9)]), [Novelty::New]);
}

#[test]
fn a_host_that_was_asked_before_is_old_wherever_it_is_asked() {
    let named = |shape| Finding {
        named: true,
        ..finding(1, shape)
    };
    assert_eq!(
        novelties(&[named(1)], &[named(1), named(2), named(3)]),
        [Novelty::Unchanged; 3]
    );
}

#[test]
fn what_lay_idle_and_now_runs_is_new() {
    let with = |phase| Finding {
        phase,
        ..finding(1, 1)
    };
    for (before, after, novelty) in [
        (Phase::Unreachable, Phase::Import, Novelty::New),
        (Phase::Test, Phase::Install, Novelty::New),
        (Phase::Import, Phase::Install, Novelty::New),
        (Phase::Import, Phase::Call, Novelty::Unchanged),
        (Phase::Call, Phase::Import, Novelty::Unchanged),
        (Phase::Install, Phase::Unreachable, Novelty::Unchanged),
        (Phase::Install, Phase::Install, Novelty::Unchanged),
    ] {
        let novelties = novelties(&[with(before)], &[with(after)]);
        assert_eq!(novelties, [novelty], "{before:?} to {after:?}");
    }
}

#[test]
fn an_unchanged_function_does_nothing_new_unless_it_ends_a_chain() {
    let mut before = version(&[]);
    before.shapes = [5].into_iter().collect::<Hashes>();
    let mut one = finding(1, 5);
    let novelty = |finding: &Finding| {
        let after = version(std::slice::from_ref(finding));
        novelty::compare(&before, &after, false).0[0].novelty
    };
    assert_eq!(novelty(&one), Novelty::Moved);
    one.via.push(one.place.clone());
    assert_eq!(novelty(&one), Novelty::New);
}

#[test]
fn in_rebuilt_bundles_a_call_that_was_there_is_old() {
    let before = version(&[finding(1, 1)]);
    let after = version(&[finding(1, 2), finding(1, 3), finding(2, 4)]);
    let novelties = |rebuilt| {
        let (compared, gone) = novelty::compare(&before, &after, rebuilt);
        assert_eq!(gone, 0);
        compared
            .into_iter()
            .map(|compared| compared.novelty)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        novelties(true),
        [Novelty::Unchanged, Novelty::Unchanged, Novelty::New]
    );
    assert_eq!(
        novelties(false),
        [Novelty::Unchanged, Novelty::New, Novelty::New]
    );
}

#[test]
fn irregular_archives_are_always_news() {
    let irregular = Finding {
        rule: "nonconforming-archive",
        ..finding(1, 0)
    };
    assert_eq!(
        novelties(
            std::slice::from_ref(&irregular),
            std::slice::from_ref(&irregular)
        ),
        [Novelty::New]
    );
}

#[test]
fn a_file_that_could_not_be_inspected_is_news_only_if_it_differs() {
    let broken = |text: &str| {
        inspected(&files(&[
            ("package.json", r#"{"name": "example", "version": "1.0.0"}"#),
            ("index.js", text),
        ]))
    };
    let before = broken("const = (((");
    assert_eq!(before.report.judgement.outcome, crate::Outcome::Quarantine);
    let same = change(&before, &broken("const = ((("), None);
    assert_eq!(same.judgement.outcome, crate::Outcome::Allow);
    let other = change(&before, &broken("const = [[["), None);
    assert_eq!(other.judgement.outcome, crate::Outcome::Quarantine);
}

#[test]
fn nothing_is_new_from_a_version_to_itself() {
    let package = inspected(&sample("1.0.0", "fetch('https://a.invalid/')"));
    let change = change(&package, &package, None);
    assert_eq!(change.new_findings().count(), 0);
    assert_eq!(change.judgement.outcome, crate::Outcome::Allow);
    assert_eq!(change.functions.new, 0);
    assert_eq!(change.gone, 0);
}

fn sample(version: &str, code: &str) -> crate::Package {
    files(&[
        (
            "package.json",
            &format!(
                "{{\n  \"name\": \"example\",\n  \"version\": \"{version}\",\n  \"scripts\": {{\n    \"postinstall\": \"node setup.js\"\n  }}\n}}"
            ),
        ),
        ("index.js", "module.exports = 1;\n"),
        ("setup.js", code),
    ])
}

#[test]
fn a_change_reads_like_this() {
    let before = files(&[
        (
            "package.json",
            "{\n  \"name\": \"example\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\"used\": \"^1.0.0\", \"left\": \"1\"}\n}",
        ),
        ("index.js", "module.exports = require('used');\n"),
        ("old.js", "require('left');\n"),
    ]);
    let after = files(&[
        (
            "package.json",
            "{\n  \"name\": \"example\",\n  \"version\": \"1.0.1\",\n  \"scripts\": {\"preinstall\": \"true\", \"test\": \"tap\"},\n  \"dependencies\": {\n    \"used\": \"^1.1.0\",\n    \"planted\": \"^4.2.1\"\n  }\n}",
        ),
        ("index.js", "module.exports = require('used');\n"),
    ]);
    let history: History = serde_json::from_str(
        r#"{"publisher_before": "a", "publisher_after": "b", "published_before": "2018-12-13T12:04:00Z",
            "published_after": "2021-11-04T12:06:00Z", "first-published": {"planted": "2021-11-03T12:06:00Z"}}"#,
    )
    .unwrap();
    let change = change(&inspected(&before), &inspected(&after), Some(&history));
    insta::assert_snapshot!(serde_json::to_string_pretty(&change).unwrap());
}
