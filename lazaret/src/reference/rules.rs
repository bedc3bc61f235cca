//! docs/reference/rules.md: the page of every policy rule, every detector and every rule over lockfiles.

use lazaret_analysis::DETECTORS;
use lazaret_policy::RULES;
use std::collections::BTreeSet;
use std::fmt::Write;

const OPENING: &str = "# Rules

Written by a test from the pages of the rules in `policy/src/rules` and `project/src/rules` and of the detectors in
`analysis/src/detectors`; edit those. Their cases are run as tests: blocks marked `case`, and what stands below \"Flagged\" and \"Not flagged\".

`lazaret explain RULE` prints a page, `lazaret explain` lists all.

";

const ABOUT_RULES: &str = "## Policy rules

What `lazaret serve` lets through. The strictest reason wins: block, then quarantine, then note. Each rule is set in `[policy]` of
`lazaret.toml`: [config.md](config.md).

";

const ABOUT_DETECTORS: &str = "
## Detectors

What `lazaret inspect` and `lazaret diff` find.

";

const ABOUT_LOCKFILES: &str = "
## Lockfile rules

What `lazaret check` finds in lockfiles, in the files beside them, and in a change of them.

";

#[test]
fn rules() {
    let mut text = OPENING.to_owned();
    let mut listed = |about: &str, rules: &mut dyn Iterator<Item = (&str, &str)>| {
        text.push_str(about);
        for (id, title) in rules {
            // A rule of the policy may be about what a detector finds: then both have its name, and the second heading
            // gets a number.
            let twice = text.contains(&format!("](#{id}): "));
            let anchor = if twice {
                format!("{id}-1")
            } else {
                id.to_owned()
            };
            writeln!(text, "- [{id}](#{anchor}): {title}").unwrap();
        }
    };
    listed(
        ABOUT_RULES,
        &mut RULES.iter().map(|rule| (rule.id, rule.title)),
    );
    listed(
        ABOUT_DETECTORS,
        &mut DETECTORS.iter().map(|rule| (rule.id, rule.title)),
    );
    let of_lockfiles = lazaret_project::RULES.iter();
    listed(
        ABOUT_LOCKFILES,
        &mut of_lockfiles.map(|rule| (rule.id, rule.title)),
    );
    for (id, page) in RULES.iter().map(|rule| (rule.id, rule.page)) {
        page_of(id, page, &mut text);
    }
    for (id, page) in DETECTORS.iter().map(|rule| (rule.id, rule.page)) {
        page_of(id, page, &mut text);
    }
    for rule in lazaret_project::RULES {
        page_of(rule.id, rule.page, &mut text);
    }
    super::holds("rules.md", &text);
}

/// A detector's page begins with its title; links lead to the id.
fn page_of(id: &str, page: &str, text: &mut String) {
    text.push('\n');
    let mut is_code = false;
    for (number, line) in page.lines().enumerate() {
        is_code ^= line.starts_with("```");
        let deeper = !is_code && line.starts_with('#');
        match line.strip_prefix("# ") {
            Some(title) if number == 0 && title != id => {
                writeln!(text, "## {id}\n\n**{title}**").unwrap();
            }
            _ => writeln!(text, "{}{line}", if deeper { "#" } else { "" }).unwrap(),
        }
    }
}

#[test]
fn only_rules_about_a_detector_have_its_name() {
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(rules.len(), RULES.len());
    let detectors: BTreeSet<&str> = DETECTORS.iter().map(|detector| detector.id).collect();
    assert_eq!(detectors.len(), DETECTORS.len());
    let both: Vec<&str> = rules.intersection(&detectors).copied().collect();
    let about_detectors = [
        "incomplete-inspection",
        "manifest-confusion",
        "phantom-dependency",
        "publisher-changed",
    ];
    assert_eq!(both, about_detectors);
}
