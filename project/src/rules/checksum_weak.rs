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

/// More than these are one finding: an old lockfile has hundreds, and the remedy is the same for all.
const MOST_ONE_BY_ONE: usize = 20;

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let is_yarn = view.project.lockfile.format == Format::Yarn1;
    let weak: Vec<(u32, Spot)> = view
        .packages()
        .filter_map(|(index, entry)| {
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
            at.map(|at| (index, at))
        })
        .collect();
    if weak.len() > MOST_ONE_BY_ONE {
        let at = weak.first().map_or_else(Spot::default, |(_, at)| *at);
        let message = format!(
            "{} packages are checked by a sha1 alone, and two files with one sha1 can be made; the first is here",
            weak.len()
        );
        found.lockfile(RULE.severity, at, message);
        return;
    }
    for (index, at) in weak {
        let name = view.project.lockfile.entries[index as usize].id();
        found.entry(
            index,
            at,
            format!("{name} is checked by a sha1 alone, and two files with one sha1 can be made"),
        );
    }
}

/// Where yarn 1 has a sha1 behind the address.
pub(super) fn sha1_of(entry: &Locked) -> Option<Spot> {
    let resolved = entry.resolved.as_ref()?;
    let (_, sha1) = resolved.text.rsplit_once('#')?;
    let is_sha1 = sha1.len() == 40 && sha1.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sha1.then_some(resolved.at)
}
