//! Packages of a registry that have the name of a part of the project.

use std::collections::HashSet;

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "workspace-shadowed",
    title: "A package of the registry has a workspace's name",
    severity: Severity::High,
    page: include_str!("workspace_shadowed.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let lockfile = &view.project.lockfile;
    let own = lockfile
        .importers
        .iter()
        .map(|index| &*lockfile.entries[*index as usize].name);
    let own: HashSet<&str> = own.filter(|name| !name.is_empty()).collect();
    for (index, entry) in view.of_registry() {
        if own.contains(&*entry.name) && !entry.is_tool {
            let name = entry.id();
            found.entry(
                index,
                NOWHERE,
                format!("{name} comes from the registry, but a part of this project has that name"),
            );
        }
    }
}
