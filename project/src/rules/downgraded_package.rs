//! Packages that went back to an older version.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::changes::{Kind, changes};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "downgraded-package",
    title: "Back to an older version",
    severity: Severity::Low,
    page: include_str!("downgraded_package.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    for change in changes(Some(base), view.project) {
        if let (Kind::Downgraded, Some(entry), Some(before)) =
            (change.kind, change.entry, &change.before)
        {
            let name = view.project.lockfile.entries[entry as usize].id();
            found.entry(
                entry,
                NOWHERE,
                format!("{name} was {before} before: fixes of later versions are gone"),
            );
        }
    }
}
