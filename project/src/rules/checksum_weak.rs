//! Checksums that two files can share.

use lazaret_npm::lockfile::{Format, Locked, Spot};
use lazaret_npm::{Algorithm, Integrity, Strength};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "checksum-weak",
    title: "Only a sha1",
    severity: Severity::Moderate,
    page: include_str!("checksum_weak.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let is_yarn = view.project.lockfile.format == Format::Yarn1;
    for (index, entry) in view.packages() {
        let at = match &entry.integrity {
            Some(text) => {
                let parsed = Integrity::parse(&text.text).ok();
                let strongest = parsed.and_then(|integrity| integrity.strongest());
                let is_weak = strongest.map(Algorithm::strength) == Some(Strength::Weak);
                is_weak.then_some(text.at)
            }
            None if is_yarn => sha1_of(entry),
            None => None,
        };
        if let Some(at) = at {
            let name = entry.id();
            found.entry(
                index,
                at,
                format!(
                    "{name} is checked by a sha1 alone, and two files with one sha1 can be made"
                ),
            );
        }
    }
}

/// Where yarn 1 has a sha1 behind the address.
pub(super) fn sha1_of(entry: &Locked) -> Option<Spot> {
    let resolved = entry.resolved.as_ref()?;
    let (_, sha1) = resolved.text.rsplit_once('#')?;
    let is_sha1 = sha1.len() == 40 && sha1.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sha1.then_some(resolved.at)
}
