//! Archives of yarn berry that are not made of what the registry has.

use lazaret_npm::lockfile::yarn_archive::CACHE_KEY;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "archive-differs",
    title: "Not made of what the registry has",
    severity: Severity::Critical,
    page: include_str!("archive_differs.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.of_registry() {
        let Some(checksum) = &entry.checksum else {
            continue;
        };
        let locked = checksum.text.strip_prefix(CACHE_KEY);
        let Some(locked) = locked.and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let id = entry.id();
        let made = view.known.archives.get(&id);
        if entry.patch.is_none() && made.is_some_and(|made| made != locked) {
            found.entry(index, checksum.at, format!(
                "the checksum of {id} is not that of an archive of the registry's tarball: what would be installed is not what was published"
            ));
        }
    }
}
