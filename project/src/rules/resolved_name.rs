//! Addresses of another package.

use lazaret_policy::Severity;

use super::url::Address;
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-name",
    title: "The address of another package",
    severity: Severity::Critical,
    page: include_str!("resolved_name.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.of_registry() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let Some((name, _)) = Address::parse(&resolved.text).and_then(|address| address.package())
        else {
            continue;
        };
        if *name != *entry.name {
            let (own, other) = (entry.id(), super::shown(&name));
            found.entry(index, resolved.at, format!(
                "{own} would be installed from the address of {other}: no client compares the two"
            ));
        }
    }
}
