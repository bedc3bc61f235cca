//! Packages under a name that nobody gave them.

use std::collections::HashSet;

use lazaret_npm::lockfile::Format;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "alias-undeclared",
    title: "A name that nobody gave it",
    severity: Severity::Critical,
    page: include_str!("alias_undeclared.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let lockfile = &view.project.lockfile;
    // Elsewhere what was asked for is a part of the key.
    if !matches!(lockfile.format, Format::PackageLock | Format::Bun) {
        return;
    }
    let mut asked: HashSet<(u32, &str)> = HashSet::new();
    for entry in &lockfile.entries {
        for dependency in &entry.dependencies {
            // `npm:name@range`; version 1 of the file does not keep it below the top.
            let Some(to) = dependency.to else { continue };
            let real = dependency.spec.strip_prefix("npm:").map(name_of);
            if let Some(real) = real {
                asked.insert((to, real));
            }
            if dependency.spec.is_empty() {
                asked.insert((to, &lockfile.entries[to as usize].name));
            }
        }
    }
    for (index, entry) in view.of_registry() {
        let Some(alias) = &entry.alias else { continue };
        let is_asked = asked.contains(&(index, &*entry.name));
        let is_overridden = view.overridden.contains(&**alias);
        if !is_asked && !is_overridden && view.project.reach.of(index).is_reached {
            let (name, alias) = (entry.id(), super::shown(alias));
            found.entry(
                index,
                NOWHERE,
                format!(
                    "{name} would be installed as {alias}, and nothing asks for that by `npm:`"
                ),
            );
        }
    }
}

fn name_of(id: &str) -> &str {
    let scope = usize::from(id.starts_with('@'));
    id[scope..].find('@').map_or(id, |at| &id[..scope + at])
}
