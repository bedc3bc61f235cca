//! Versions whose content changed.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::{Locked, Text};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "checksum-changed",
    title: "The same version with another checksum",
    severity: Severity::Critical,
    page: include_str!("checksum_changed.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    if base.lockfile.format != view.project.lockfile.format {
        return;
    }
    let mut before: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for entry in base.lockfile.packages() {
        if let Some(checksum) = checksum(entry) {
            before.entry(entry.id()).or_default().insert(&checksum.text);
        }
    }
    // yarn's own checksum changes with the way it packs.
    let packing = |project: &crate::Project| {
        let mut settings = project.lockfile.settings.iter();
        let found = settings.find(|setting| setting.group == "cacheKey");
        found.map(|setting| setting.value.text.clone())
    };
    let is_packed_alike = packing(base) == packing(view.project);
    let mut told = BTreeSet::new();
    for (index, entry) in view.packages() {
        let (Some(text), Some(known)) = (checksum(entry), before.get(&entry.id())) else {
            continue;
        };
        let is_comparable = entry.integrity.is_some() || is_packed_alike;
        // A stronger algorithm for the same bytes is no change of them, and cannot be told from one.
        let is_same_algorithm = known
            .iter()
            .any(|known| algorithm(known) == algorithm(&text.text));
        if is_comparable
            && is_same_algorithm
            && !known.contains(&*text.text)
            && told.insert(entry.id())
        {
            let at = if text.at == NOWHERE {
                entry.at
            } else {
                text.at
            };
            let name = entry.id();
            found.entry(index, at, format!(
                "{name} had another checksum before: the content of a published version never changes"
            ));
        }
    }
}

fn checksum(entry: &Locked) -> Option<&Text> {
    entry.integrity.as_ref().or(entry.checksum.as_ref())
}

fn algorithm(checksum: &str) -> &str {
    checksum.split(['-', '/']).next().unwrap_or(checksum)
}
