//! Addresses of another version.

use lazaret_policy::Severity;

use super::url::Address;
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-version",
    title: "The address of another version",
    severity: Severity::High,
    page: include_str!("resolved_version.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.of_registry() {
        let (Some(resolved), Some(version)) = (&entry.resolved, &entry.version) else {
            continue;
        };
        let Some(fetched) =
            Address::parse(&resolved.text).and_then(|address| address.version(&entry.name))
        else {
            continue;
        };
        // Build metadata is in no file name of every registry.
        let without_build = |version: &str| version.split('+').next().unwrap_or(version).to_owned();
        if without_build(&fetched) != without_build(&version.text) {
            let (own, other) = (entry.id(), super::shown(&fetched));
            found.entry(index, resolved.at, format!(
                "{own} would be installed from the address of version {other}: what is reviewed is not what is installed"
            ));
        }
    }
}
