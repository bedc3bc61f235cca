//! Packages that travel unencrypted.

use lazaret_npm::lockfile::Source;
use lazaret_policy::Severity;

use super::url::{Address, is_this_machine};
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-plain",
    title: "Fetched without encryption",
    severity: Severity::Moderate,
    page: include_str!("resolved_plain.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let text = &*resolved.text;
        let is_plain_git = entry.source == Source::Git
            && ["git://", "git+http://", "http://"].iter().any(|scheme| {
                let begin = text.get(..scheme.len());
                begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
            });
        let is_plain = Address::parse(text).is_some_and(|address| {
            address.scheme.eq_ignore_ascii_case("http")
                && !is_this_machine(&address.own_host())
                && !view.known.allows(&address)
        });
        if is_plain || is_plain_git {
            let name = entry.id();
            found.entry(index, resolved.at, format!(
                "{name} is fetched without encryption: whoever is on the way sees it, and can change what has no checksum"
            ));
        }
    }
}
