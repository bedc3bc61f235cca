//! Packages that come from another host than the rest.

use std::collections::BTreeMap;

use lazaret_policy::Severity;

use super::registries::Registries;
use super::url::Address;
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-host",
    title: "From another host than the rest",
    severity: Severity::High,
    page: include_str!("resolved_host.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let configured = Registries::of(view.project);
    let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
    let mut others = Vec::new();
    for (index, entry) in view.of_registry() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let Some(address) = Address::parse(&resolved.text) else {
            continue;
        };
        let host = address.own_host();
        // What a scope has of its own says nothing about the rest.
        if configured.is_of_scope(&entry.name, &host) {
            continue;
        }
        *hosts.entry(host.clone()).or_default() += 1;
        if !configured.is_of_all(&host) && !view.known.allows(&address) {
            others.push((index, resolved.at, host));
        }
    }
    // Of equals the first by name: which one does not matter, both are told when a third is added.
    let usual = hosts
        .iter()
        .max_by_key(|(host, count)| (**count, std::cmp::Reverse(*host)));
    let Some((usual, _)) = usual else { return };
    for (index, at, host) in others.iter().filter(|(_, _, host)| host != usual) {
        let name = view.project.lockfile.entries[*index as usize].id();
        let (host, usual) = (super::shown(host), super::shown(usual));
        found.entry(*index, *at, format!(
            "{name} is fetched from {host}, most others from {usual}; allow it with --allow-host if it is yours"
        ));
    }
}
