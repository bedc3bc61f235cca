use super::*;
use crate::change::{Delta, Novelty, Release};
use crate::finding::Place;

fn finding(rule: &'static str, severity: Severity, phase: Phase) -> Finding {
    Finding {
        rule,
        severity,
        phase,
        place: Place {
            file: "lib/a.js".to_owned(),
            line: 3,
            column: 1,
        },
        message: "does something".to_owned(),
        evidence: String::new(),
        via: Vec::new(),
        fingerprint: 1,
        site: 1,
        named: false,
        shape: 1,
    }
}

fn script() -> Finding {
    let mut script = finding("install-script", Severity::High, Phase::Install);
    script.place.file = "package.json".to_owned();
    script
}

fn judged_change(findings: Vec<(Novelty, Finding)>) -> Judgement {
    judged_with(findings, &Inspected::default(), Release::Minor, &[])
}

fn judged_with(
    findings: Vec<(Novelty, Finding)>,
    before: &Inspected,
    release: Release,
    incomplete: &[Incomplete],
) -> Judgement {
    let mut after = Inspected::default();
    after.report.findings = findings
        .iter()
        .map(|(_, finding)| finding.clone())
        .collect();
    let findings: Vec<Compared> = findings
        .into_iter()
        .map(|(novelty, finding)| Compared {
            novelty,
            was: None,
            finding,
        })
        .collect();
    change(&Update {
        before,
        after: &after,
        delta: &Delta {
            release,
            ..Delta::default()
        },
        findings: &findings,
        incomplete,
    })
}

#[test]
fn nothing_new_is_allowed_however_bad_it_was() {
    for novelty in [Novelty::Unchanged, Novelty::Moved] {
        let critical = finding("remote-code", Severity::Critical, Phase::Import);
        let judgement = judged_change(vec![(novelty, critical)]);
        assert_eq!(judgement.outcome, Outcome::Allow);
        assert_eq!(judgement.score, 0);
        assert!(judgement.reasons.is_empty());
    }
}

#[test]
fn chains_block_and_high_findings_are_held() {
    for (severity, phase, outcome) in [
        (Severity::Critical, Phase::Import, Outcome::Block),
        (Severity::Critical, Phase::Unreachable, Outcome::Quarantine),
        (Severity::Critical, Phase::Test, Outcome::Note),
        (Severity::High, Phase::Call, Outcome::Quarantine),
        (Severity::High, Phase::Unreachable, Outcome::Note),
        (Severity::Medium, Phase::Install, Outcome::Note),
        (Severity::Note, Phase::Test, Outcome::Note),
    ] {
        let found = finding("remote-code", severity, phase);
        let judgement = judged_change(vec![(Novelty::New, found)]);
        assert_eq!(judgement.outcome, outcome, "{severity:?} {phase:?}");
        assert!(!judgement.reasons.is_empty());
    }
}

#[test]
fn a_new_install_script_blocks_only_with_what_it_reaches() {
    let alone = judged_change(vec![(Novelty::New, script())]);
    assert_eq!(alone.outcome, Outcome::Quarantine);
    let reached = finding("new-host", Severity::High, Phase::Install);
    let together = judged_change(vec![
        (Novelty::New, script()),
        (Novelty::Unchanged, reached.clone()),
    ]);
    assert_eq!(together.outcome, Outcome::Block);
    let elsewhere = Finding {
        phase: Phase::Import,
        ..reached.clone()
    };
    let apart = judged_change(vec![
        (Novelty::New, script()),
        (Novelty::Unchanged, elsewhere),
    ]);
    assert_eq!(apart.outcome, Outcome::Quarantine);
    let old_script = judged_change(vec![
        (Novelty::Unchanged, script()),
        (Novelty::New, reached),
    ]);
    assert_eq!(old_script.outcome, Outcome::Quarantine);
}

#[test]
fn what_a_file_is_for_is_less_of_a_surprise() {
    let one = finding("new-host", Severity::High, Phase::Import);
    let mut before = Inspected::default();
    before.report.findings = vec![one.clone(); 4];
    let many = judged_with(
        vec![(Novelty::New, one.clone())],
        &before,
        Release::Minor,
        &[],
    );
    assert_eq!(many.outcome, Outcome::Note);
    before.report.findings.pop();
    let few = judged_with(vec![(Novelty::New, one)], &before, Release::Minor, &[]);
    assert_eq!(few.outcome, Outcome::Quarantine);
    assert!(many.score < few.score);
}

#[test]
fn rules_of_one_group_count_once() {
    let one = judged_change(vec![(
        Novelty::New,
        finding("network-use", Severity::Medium, Phase::Import),
    )]);
    let many = judged_change(vec![
        (
            Novelty::New,
            finding("dns-lookup", Severity::Medium, Phase::Import),
        ),
        (
            Novelty::New,
            finding("network-use", Severity::Medium, Phase::Import),
        ),
        (
            Novelty::New,
            finding("network-use", Severity::Medium, Phase::Import),
        ),
    ]);
    assert_eq!(one.score, many.score);
    assert_eq!(many.addends.len(), 1);
}

#[test]
fn medium_findings_add_up() {
    let medium = |rule| (Novelty::New, finding(rule, Severity::Medium, Phase::Import));
    let findings = || {
        vec![
            medium("network-use"),
            medium("process-spawn"),
            medium("whole-environment"),
        ]
    };
    let patch = judged_with(findings(), &Inspected::default(), Release::Patch, &[]);
    assert_eq!(patch.outcome, Outcome::Quarantine);
    let major = judged_with(findings(), &Inspected::default(), Release::Major, &[]);
    assert_eq!(major.outcome, Outcome::Note);
}

#[test]
fn what_was_not_inspected_is_never_clean() {
    let incomplete = |matters| Incomplete {
        file: Some("a.js".to_owned()),
        why: "too deep".to_owned(),
        matters,
    };
    let judge = |incomplete: &[Incomplete]| {
        judged_with(
            Vec::new(),
            &Inspected::default(),
            Release::Patch,
            incomplete,
        )
        .outcome
    };
    assert_eq!(judge(&[incomplete(true)]), Outcome::Quarantine);
    assert_eq!(judge(&[incomplete(false)]), Outcome::Note);
    assert_eq!(cold(&[], &[incomplete(true)]).outcome, Outcome::Quarantine);
}

#[test]
fn first_versions_are_judged_by_cold_severities() {
    assert_eq!(cold(&[], &[]).outcome, Outcome::Allow);
    assert_eq!(cold(&[script()], &[]).outcome, Outcome::Note);
    let git = finding("git-dependency", Severity::High, Phase::Install);
    assert_eq!(cold(&[git], &[]).outcome, Outcome::Quarantine);
}

#[test]
fn only_what_runs_while_it_is_installed_adds_up_in_a_first_version() {
    let all = |phase| {
        ["network-use", "process-spawn", "whole-environment"]
            .map(|rule| finding(rule, Severity::Medium, phase))
    };
    let imported = cold(&all(Phase::Import), &[]);
    assert_eq!(imported.score, 0);
    let installed = cold(&all(Phase::Install), &[]);
    assert!(installed.score > 0);
}

#[test]
fn the_score_can_be_done_by_hand() {
    let judgement = judged_with(
        vec![
            (Novelty::New, script()),
            (
                Novelty::New,
                finding("new-host", Severity::High, Phase::Call),
            ),
            (
                Novelty::New,
                finding("process-spawn", Severity::Medium, Phase::Bin),
            ),
            (
                Novelty::Moved,
                finding("secret-file", Severity::High, Phase::Import),
            ),
        ],
        &Inspected::default(),
        Release::Patch,
        &[],
    );
    let json: serde_json::Value =
        serde_json::from_str(&serde_json::to_string(&judgement).unwrap()).unwrap();
    let mut score = 0;
    for addend in json["addends"].as_array().unwrap() {
        let mut points = addend["weight"].as_u64().unwrap();
        for factor in addend["factors"].as_array().unwrap() {
            points = points * factor["percent"].as_u64().unwrap() / 100;
        }
        assert_eq!(points, addend["points"]);
        score += points;
    }
    assert_eq!(json["addends"].as_array().unwrap().len(), 3);
    assert_eq!(score, json["score"]);
    assert_eq!(json["outcome"], "quarantine");
}
