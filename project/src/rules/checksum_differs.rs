//! Checksums that are not the registry's.

use lazaret_npm::Integrity;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "checksum-differs",
    title: "Not what the registry has",
    severity: Severity::Critical,
    page: include_str!("checksum_differs.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.of_registry() {
        let id = entry.id();
        let offered = match view.known.offered.get(&id) {
            // Nobody asked.
            None => continue,
            Some(None) => {
                found.entry_as(
                    Severity::Moderate,
                    index,
                    NOWHERE,
                    format!("the registry has no {id}, or not any more"),
                );
                continue;
            }
            Some(Some(offered)) => offered,
        };
        let Some(locked) = &entry.integrity else {
            continue;
        };
        let parsed = (Integrity::parse(offered), Integrity::parse(&locked.text));
        let (Ok(theirs), Ok(ours)) = parsed else {
            continue;
        };
        if theirs.contradicts(&ours) {
            found.entry(index, locked.at, format!(
                "the checksum of {id} is not the registry's: what would be installed is not what was published"
            ));
        }
    }
}
