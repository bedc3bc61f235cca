//! Packages that were asked of the registry and come from elsewhere.

use lazaret_npm::lockfile::{Format, Source};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "resolved-source",
    title: "Not from the registry, though asked of it",
    severity: Severity::High,
    page: include_str!("resolved_source.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let lockfile = &view.project.lockfile;
    // Only here can the address of an entry be of another kind than what was asked for.
    if lockfile.format != Format::PackageLock {
        return;
    }
    let mut is_asked = vec![false; lockfile.entries.len()];
    for entry in &lockfile.entries {
        for dependency in &entry.dependencies {
            if let Some(to) = dependency.to {
                let source = Source::of_spec(&dependency.spec);
                is_asked[to as usize] |= source != Source::Registry;
            }
        }
    }
    for (index, entry) in view.packages() {
        let is_other = matches!(entry.source, Source::Git | Source::File);
        let is_wanted = view.project.reach.of(index).is_reached;
        if is_other
            && is_wanted
            && !is_asked[index as usize]
            && !view.overridden.contains(&*entry.name)
            && !entry.bundled
        {
            let at = entry.resolved.as_ref().map_or(NOWHERE, |text| text.at);
            let (name, source) = (
                entry.id(),
                match entry.source {
                    Source::Git => "a repository",
                    _ => "a file of this machine",
                },
            );
            found.entry(index, at, format!(
                "{name} would come from {source}, but everything that needs it asks for a version of a registry"
            ));
        }
    }
}
