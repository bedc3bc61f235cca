//! Checksums in which a client understands nothing.

use lazaret_npm::Integrity;
use lazaret_npm::lockfile::Format;
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
            let done = what_is_done(view.project.lockfile.format, integrity.text.trim());
            found.entry(index, integrity.at, format!("{name}: {error}; {done}"));
        }
    }
}

/// As measured with npm 11, pnpm 10 and 12, bun 1.3 and yarn 1.22.
fn what_is_done(format: Format, checksum: &str) -> &'static str {
    match format {
        Format::PackageLock => "npm skips what it cannot read and installs whatever is served",
        Format::Bun => "bun skips what it cannot read and installs whatever is served",
        Format::Pnpm if checksum.is_empty() => {
            "pnpm 10 takes it for none and installs whatever is served, pnpm 12 refuses it"
        }
        Format::Pnpm => "pnpm refuses it; it did not write it",
        Format::Yarn1 | Format::YarnBerry => {
            "yarn refuses what it cannot read; it did not write it"
        }
    }
}
