//! docs/reference/rules.md: the page of every policy rule.

use lazaret_policy::RULES;
use std::fmt::Write;

const OPENING: &str = "# Policy rules

Written by a test from the pages of the rules in `policy/src/rules`; edit those. The blocks marked `case` are run as tests.

The strictest reason wins: block, then quarantine, then note. Each rule is set in `[policy]` of `lazaret.toml`: [config.md](config.md).

";

#[test]
fn rules() {
    let mut text = OPENING.to_owned();
    for rule in RULES {
        writeln!(text, "- [{}](#{}): {}", rule.id, rule.id, rule.title).unwrap();
    }
    for rule in RULES {
        text.push('\n');
        let mut is_code = false;
        for line in rule.page.lines() {
            is_code ^= line.starts_with("```");
            let deeper = !is_code && line.starts_with('#');
            writeln!(text, "{}{line}", if deeper { "#" } else { "" }).unwrap();
        }
    }
    super::holds("rules.md", &text);
}
