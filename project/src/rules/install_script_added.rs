//! Install scripts that were not there before.

use std::collections::BTreeMap;

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "install-script-added",
    title: "Newly runs something on installation",
    severity: Severity::Moderate,
    page: include_str!("install_script_added.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    // By name, whether some version of it had scripts; only where the file tells.
    let mut before: BTreeMap<&str, Option<bool>> = BTreeMap::new();
    for entry in base.lockfile.packages() {
        let known = before.entry(&entry.name).or_default();
        *known = (*known).max(entry.has_install_script);
    }
    for (index, entry) in view.packages() {
        if entry.has_install_script != Some(true) {
            continue;
        }
        let name = entry.id();
        match before.get(&*entry.name) {
            Some(Some(true) | None) => {}
            Some(Some(false)) => found.entry_as(
                Severity::High,
                index,
                NOWHERE,
                format!(
                    "{name} runs something on installation, and no version of it did so here before"
                ),
            ),
            None => found.entry(
                index,
                NOWHERE,
                format!("{name} is new here and runs something on installation"),
            ),
        }
    }
}
