//! Packages whose authors pin what is below them.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "nested-shrinkwrap",
    title: "A package pins its own dependencies",
    severity: Severity::Low,
    page: include_str!("nested_shrinkwrap.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages().filter(|(_, entry)| entry.has_shrinkwrap) {
        let name = entry.id();
        found.entry(index, NOWHERE, format!(
            "{name} brings an npm-shrinkwrap.json: its author decides which versions are below it, and updates pass it by"
        ));
    }
}
