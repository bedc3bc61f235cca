//! Runs every case of every page.

mod page;

use std::collections::BTreeSet;

use super::{DETECTORS, Looks, detector};
use crate::finding::{Finding, Severity};
use page::{Case, cases};

#[test]
fn every_page_flags_what_it_says() {
    let mut failures = String::new();
    for detector in DETECTORS {
        let page = cases(detector.page);
        assert!(
            page.iter().any(|case| case.flagged),
            "{} has no case under Flagged",
            detector.id
        );
        assert!(
            page.iter().any(|case| !case.flagged),
            "{} has no case under Not flagged",
            detector.id
        );
        for case in &page {
            if let Some(failure) = check(detector.id, case) {
                failures += &format!(
                    "\n{} (line {} of its page): {failure}\n",
                    detector.id, case.line
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// As bad as it counts: less where there is no version before.
fn counts(case: &Case, finding: &Finding) -> Severity {
    match (&case.before, detector(finding.rule)) {
        (None, Some(detector)) => finding.severity.min(detector.cold),
        _ => finding.severity,
    }
}

/// What is wrong with a case.
fn check(rule: &str, case: &Case) -> Option<String> {
    let findings = case.findings();
    let here = |finding: &&crate::Finding| finding.rule == rule;
    if !case.flagged {
        let alarms: Vec<_> = findings
            .iter()
            .filter(|finding| here(finding) || counts(case, finding) >= Severity::High)
            .collect();
        return (!alarms.is_empty()).then(|| format!("not flagged, but found {alarms:#?}"));
    }
    if case.marks.is_empty() {
        return Some("no line is marked".to_owned());
    }
    let other: Vec<_> = (case.marks.iter())
        .filter(|mark| mark.rule != rule)
        .collect();
    if !other.is_empty() {
        return Some(format!("marks of other rules: {other:?}"));
    }
    let found: BTreeSet<(String, u32)> = findings
        .iter()
        .filter(here)
        .map(|finding| (finding.place.file.clone(), finding.place.line))
        .collect();
    let missed: Vec<_> = case
        .marks
        .iter()
        .filter(|mark| !found.iter().any(|(file, line)| mark.is_at(file, *line)))
        .collect();
    let surplus: Vec<_> = found
        .iter()
        .filter(|(file, line)| !case.marks.iter().any(|mark| mark.is_at(file, *line)))
        .collect();
    (!missed.is_empty() || !surplus.is_empty()).then(|| {
        format!("missed {missed:?}, found where nothing is marked {surplus:?}; all findings: {findings:#?}")
    })
}

#[test]
fn pages_and_detectors_are_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/detectors");
    let listed: BTreeSet<String> = DETECTORS
        .iter()
        .map(|detector| detector.id.replace('-', "_"))
        .collect();
    let mut pages = BTreeSet::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "the test looks for files nobody listed"
    )]
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            pages.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let unlisted: Vec<_> = pages.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "pages of detectors that are not listed: {unlisted:?}"
    );
    let pageless: Vec<_> = listed.difference(&pages).collect();
    assert!(
        pageless.is_empty(),
        "detectors without a page of their name: {pageless:?}"
    );
    assert_eq!(listed.len(), DETECTORS.len(), "an id is there twice");
}

#[test]
fn pages_begin_with_the_title() {
    for detector in DETECTORS {
        assert_eq!(
            detector.page.lines().next(),
            Some(format!("# {}", detector.title).as_str()),
            "{}",
            detector.id
        );
        assert!(detector.cold <= detector.severity, "{}", detector.id);
        if matches!(detector.looks, Looks::Change(_)) {
            assert!(
                cases(detector.page)
                    .iter()
                    .all(|case| case.before.is_some()),
                "{} is about changes: each case needs a before",
                detector.id
            );
        }
    }
}
