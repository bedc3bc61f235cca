//! Every page has its parts, every case on a page comes out as the page says, and no page is forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use lazaret_npm::{PackageId, Strength};
use serde::Deserialize;
use serde_json::json;

use super::{RULES, Rule, rule};
use crate::behaviour::Inspected;
use crate::fixtures::{self, Subject, at, osv, version};
use crate::judge::judge;
use crate::policy::{Instant, Policy};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageCase {
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    advisory: Vec<HandMade>,
    case: Described,
    expected: Expected,
}

/// An advisory about the package of the case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandMade {
    id: String,
    introduced: String,
    fixed: Option<String>,
    severity: Option<String>,
    withdrawn: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Described {
    package: String,
    now: Option<Instant>,
    published: Option<toml::Value>,
    absent_at: Option<Instant>,
    first_contact: Option<Instant>,
    integrity: Option<String>,
    #[serde(default)]
    in_use: Vec<String>,
    #[serde(default)]
    served: bool,
    inspected: Option<Inspected>,
    /// Ids of records in `tests/osv`.
    #[serde(default)]
    advisories: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    outcome: String,
    until: Option<Instant>,
    /// The whole text of this rule's reason.
    text: Option<String>,
    url: Option<String>,
}

const NOW: &str = "2026-11-21T12:00:00Z";

fn subject(described: &Described, advisories: &[HandMade]) -> Subject {
    let id: PackageId = described.package.parse().unwrap();
    let mut subject = Subject::new(id.name.as_str(), &id.version.to_string());
    match &described.published {
        Some(toml::Value::String(word)) if word == "unknown" => subject.published = None,
        Some(moment) => subject.published = Some(at(&moment.to_string())),
        None => {}
    }
    subject.absent_at = described.absent_at.map(|moment| moment.0);
    if let Some(moment) = described.first_contact {
        subject.first_contact = moment.0;
    }
    subject.strength = match described.integrity.as_deref() {
        None | Some("strong") => Some(Strength::Strong),
        Some("weak") => Some(Strength::Weak),
        Some("none") => None,
        Some(other) => panic!("integrity = \"{other}\""),
    };
    subject.in_use = described.in_use.iter().map(|text| version(text)).collect();
    subject.served = described.served;
    subject.inspected = described.inspected.clone();
    for id in &described.advisories {
        subject = subject.advisory(fixtures::record_for(id, &subject_name(described)));
    }
    for made in advisories {
        let mut events = vec![json!({ "introduced": made.introduced })];
        events.extend(made.fixed.iter().map(|fixed| json!({ "fixed": fixed })));
        let mut record = osv(&made.id, json!([events]));
        record["affected"][0]["package"]["name"] = subject_name(described).into();
        record["database_specific"]["severity"] = made.severity.clone().into();
        record["withdrawn"] = made.withdrawn.map(|moment| moment.to_string()).into();
        subject = subject.advisory(fixtures::read(&record));
    }
    subject
}

fn subject_name(described: &Described) -> String {
    let id: PackageId = described.package.parse().unwrap();
    id.name.to_string()
}

/// The sections of a page: heading and text.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let split = page.split("\n## ").skip(1);
    split
        .map(|section| section.split_once('\n').unwrap())
        .collect()
}

fn section<'a>(rule: &Rule, heading: &str) -> &'a str {
    let found = sections(rule.page)
        .into_iter()
        .find(|(title, _)| *title == heading);
    found
        .unwrap_or_else(|| panic!("{}: no section \"{heading}\"", rule.id))
        .1
}

/// The fenced blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let after = text.split(opening.as_str()).skip(1);
    after
        .map(|block| block.split_once("```").unwrap().0)
        .collect()
}

fn run(rule: &Rule, block: &str, flagged: bool) {
    let page: PageCase =
        toml::from_str(block).unwrap_or_else(|error| panic!("{}: {error}\n{block}", rule.id));
    let subject = subject(&page.case, &page.advisory);
    let now: Timestamp = page.case.now.map_or_else(|| at(NOW), |moment| moment.0);
    let verdict = judge(&page.policy, &subject.case(), now);
    let context = format!("{}:\n{block}\n{verdict:#?}", rule.id);
    assert_eq!(verdict.outcome.as_str(), page.expected.outcome, "{context}");
    let reason = verdict.reasons.iter().find(|reason| reason.rule == rule.id);
    assert_eq!(reason.is_some(), flagged, "{context}");
    if let Some(until) = page.expected.until {
        assert_eq!(verdict.outcome.until(), Some(until.0), "{context}");
    }
    if let Some(text) = &page.expected.text {
        assert_eq!(reason.unwrap().text, *text, "{context}");
    }
    if let Some(url) = &page.expected.url {
        assert_eq!(reason.unwrap().url.as_ref(), Some(url), "{context}");
    }
}

#[test]
fn cases_on_the_pages_come_out_as_told() {
    for rule in RULES {
        for (heading, flagged) in [("Flagged", true), ("Not flagged", false)] {
            let cases = blocks(section(rule, heading), "case");
            assert!(
                !cases.is_empty(),
                "{}: no case under \"{heading}\"",
                rule.id
            );
            for case in cases {
                run(rule, case, flagged);
            }
        }
    }
}

#[test]
fn pages_have_the_same_sections() {
    for rule in RULES {
        let headings: Vec<&str> = sections(rule.page)
            .iter()
            .map(|(title, _)| *title)
            .collect();
        let expected = ["What it finds", "Why", "Flagged", "Not flagged", "Settings"];
        assert_eq!(headings, expected, "{}", rule.id);
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.id)),
            "{}",
            rule.id
        );
    }
}

#[test]
fn settings_on_the_pages_are_read() {
    #[derive(Deserialize)]
    struct File {
        policy: Policy,
    }
    for rule in RULES {
        for block in blocks(section(rule, "Settings"), "toml") {
            // What stands behind a # is an alternative to the line before it, or a remark.
            let read: Result<File, _> = toml::from_str(block);
            let file = read.unwrap_or_else(|error| panic!("{}: {error}", rule.id));
            if block.contains("# the default\n") && !block.contains("[[") {
                let in_use = Policy {
                    in_use: file.policy.in_use.clone(),
                    ..Policy::default()
                };
                assert_eq!(file.policy, in_use, "{}: not the default", rule.id);
            }
            for alternative in block.lines().filter_map(|line| line.strip_prefix("# ")) {
                let read: Result<Policy, _> = toml::from_str(alternative);
                read.unwrap_or_else(|error| panic!("{}: {error}", rule.id));
            }
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the folder of the rules is the test's subject"
)]
fn no_rule_is_forgotten() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
    let mut expected = BTreeSet::from(["tests.rs".to_owned()]);
    for rule in RULES {
        let file = rule.id.replace('-', "_");
        expected.extend([format!("{file}.rs"), format!("{file}.md")]);
    }
    assert_eq!(names, expected);
}

#[test]
fn rules_are_found_by_their_id() {
    for known in RULES {
        assert_eq!(rule(known.id).unwrap().id, known.id);
        assert_eq!(rule(known.id).unwrap().title, known.title);
    }
    assert!(rule("no-such-rule").is_none());
}
