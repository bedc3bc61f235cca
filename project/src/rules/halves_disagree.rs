//! The two halves of a package-lock of version 2.

use std::collections::{HashMap, HashSet};

use lazaret_npm::lockfile::{Locked, Source, Text};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "halves-disagree",
    title: "Old and new clients would install different things",
    severity: Severity::High,
    page: include_str!("halves_disagree.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let lockfile = &view.project.lockfile;
    if lockfile.legacy.is_empty() {
        return;
    }
    let new: HashMap<&str, &Locked> = lockfile
        .entries
        .iter()
        .map(|entry| (&*entry.key, entry))
        .collect();
    let folders = lockfile
        .entries
        .iter()
        .filter(|entry| matches!(entry.source, Source::Folder | Source::Workspace));
    let links: HashSet<&str> = folders
        .map(|entry| &*entry.name)
        .filter(|name| !name.is_empty())
        .collect();
    let is_compared = |entry: &&Locked| entry.source == Source::Registry && !entry.bundled;
    for old in lockfile.legacy.iter().filter(is_compared) {
        // Below a link, the two halves name paths differently.
        let Some(entry) = new.get(&*old.key) else {
            if !links.contains(first_of(&old.key)) {
                let name = old.id();
                found.lockfile(
                    RULE.severity,
                    old.at,
                    format!("{name} is only in \"dependencies\", which npm 6 reads"),
                );
            }
            continue;
        };
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.text.clone());
        let what = if text(&old.version) != text(&entry.version) || old.name != entry.name {
            "version"
        } else if text(&old.integrity) != text(&entry.integrity) {
            "checksum"
        } else if text(&old.resolved) != text(&entry.resolved) {
            "address"
        } else {
            continue;
        };
        let (name, other) = (entry.id(), old.id());
        found.lockfile(RULE.severity, old.at, format!(
            "{name} in \"packages\" and {other} in \"dependencies\" have not the same {what}: npm 6 reads one, later ones the other"
        ));
    }
}

/// The package that the path begins with.
fn first_of(path: &str) -> &str {
    let path = path.strip_prefix("node_modules/").unwrap_or(path);
    path.split("/node_modules/").next().unwrap_or(path)
}
