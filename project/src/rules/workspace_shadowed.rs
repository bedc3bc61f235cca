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
    let parts = || {
        let importers = lockfile.importers.iter();
        importers.map(|index| &lockfile.entries[*index as usize])
    };
    let own = parts().map(|entry| &*entry.name);
    let own: HashSet<&str> = own.filter(|name| !name.is_empty()).collect();
    let asked = parts().flat_map(|entry| &entry.dependencies);
    let asked: HashSet<u32> = asked.filter_map(|dependency| dependency.to).collect();
    for (index, entry) in view.of_registry() {
        // A tool that needs an older release of the project does not stand in anybody's way.
        let is_asked = asked.contains(&index);
        if is_asked && own.contains(&*entry.name) && !entry.is_tool {
            let name = entry.id();
            found.entry(
                index,
                NOWHERE,
                format!("{name} comes from the registry, but a part of this project has that name"),
            );
        }
    }
}
