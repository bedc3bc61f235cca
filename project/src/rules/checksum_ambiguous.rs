//! Checksums that let one of several files pass.

use std::collections::BTreeMap;

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "checksum-ambiguous",
    title: "Two checksums of one algorithm",
    severity: Severity::High,
    page: include_str!("checksum_ambiguous.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        let Some(integrity) = &entry.integrity else {
            continue;
        };
        let mut digests: BTreeMap<&str, &str> = BTreeMap::new();
        for hash in integrity.text.split_ascii_whitespace() {
            let hash = hash.split('?').next().unwrap_or(hash);
            let Some((algorithm, digest)) = hash.split_once('-') else {
                continue;
            };
            let earlier = digests.insert(algorithm, digest);
            if earlier.is_some_and(|earlier| earlier != digest) {
                let (name, algorithm) = (entry.id(), super::shown(algorithm));
                found.entry(index, integrity.at, format!(
                    "{name} has two different {algorithm}: a file that has either one is installed"
                ));
                break;
            }
        }
    }
}
