//! Packages that come inside others.

use std::collections::BTreeMap;

use lazaret_npm::lockfile::Format;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "bundled-package",
    title: "A package brings others inside it",
    severity: Severity::Info,
    page: include_str!("bundled_package.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    if view.project.lockfile.format != Format::PackageLock {
        return;
    }
    let entries: BTreeMap<&str, u32> = view
        .packages()
        .map(|(index, entry)| (&*entry.key, index))
        .collect();
    let mut inside: BTreeMap<u32, usize> = BTreeMap::new();
    for (_, entry) in view.packages().filter(|(_, entry)| entry.bundled) {
        let mut above = &*entry.key;
        while let Some((parent, _)) = above.rsplit_once("/node_modules/") {
            above = parent;
            let holder = entries
                .get(above)
                .filter(|index| !view.project.lockfile.entries[**index as usize].bundled);
            if let Some(holder) = holder {
                *inside.entry(*holder).or_default() += 1;
                break;
            }
        }
    }
    for (index, count) in inside {
        let name = view.project.lockfile.entries[index as usize].id();
        let what = if count == 1 {
            "one package".to_owned()
        } else {
            format!("{count} packages")
        };
        found.entry(
            index,
            NOWHERE,
            format!(
                "{name} brings {what} inside its tarball: nobody compares them with the registry's"
            ),
        );
    }
}
