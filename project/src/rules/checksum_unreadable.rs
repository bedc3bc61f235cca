//! Checksums in which a client understands nothing.

use lazaret_npm::Integrity;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "checksum-unreadable",
    title: "A checksum that clients skip",
    severity: Severity::Critical,
    page: include_str!("checksum_unreadable.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        let Some(integrity) = &entry.integrity else {
            continue;
        };
        if let Err(error) = Integrity::parse(&integrity.text) {
            let name = entry.id();
            found.entry(
                index,
                integrity.at,
                format!(
                    "{name}: {error}; npm skips what it cannot read and installs whatever is served"
                ),
            );
        }
    }
}
