//! Packages that nothing is checked against.

use lazaret_npm::lockfile::{Format, Source};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "checksum-missing",
    title: "A package without a checksum",
    severity: Severity::High,
    page: include_str!("checksum_missing.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let format = view.project.lockfile.format;
    for (index, entry) in view.packages() {
        // A commit names its content; what lies in the project is reviewed with it.
        let is_fetched = matches!(entry.source, Source::Registry | Source::Url);
        if !is_fetched || entry.bundled || entry.integrity.is_some() {
            continue;
        }
        let has_other = match format {
            // A patch is made here; what other platforms need is not fetched by who wrote the file.
            Format::YarnBerry => {
                entry.checksum.is_some() || entry.patch.is_some() || entry.is_platform_bound
            }
            // A sha1, which `checksum-weak` tells of.
            Format::Yarn1 => super::checksum_weak::sha1_of(entry).is_some(),
            _ => false,
        };
        if !has_other {
            let name = entry.id();
            found.entry(
                index,
                NOWHERE,
                format!("{name} has no checksum: whatever is served for it will be installed"),
            );
        }
    }
}
