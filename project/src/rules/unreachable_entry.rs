//! Entries that nothing needs.

use lazaret_npm::lockfile::Format;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "unreachable-entry",
    title: "Installed, though nothing needs it",
    severity: Severity::Moderate,
    page: include_str!("unreachable_entry.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let lockfile = &view.project.lockfile;
    let says_roots = match lockfile.format {
        // These do not record what the project asks for; without its manifest nothing is known to be needed.
        Format::Yarn1 => view.project.manifest().is_some(),
        Format::PackageLock => &*lockfile.version.text != "1" || view.project.manifest().is_some(),
        Format::YarnBerry | Format::Pnpm | Format::Bun => true,
    };
    if !says_roots {
        return;
    }
    for (index, entry) in view.packages() {
        if !view.project.reach.of(index).is_reached && !entry.is_tool && !entry.bundled {
            let name = entry.id();
            found.entry(index, NOWHERE, format!(
                "{name} is in the lockfile, but neither the project nor a package in it needs it"
            ));
        }
    }
}
