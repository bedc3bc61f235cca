//! Packages that come from another host than the rest.

use std::collections::BTreeMap;

use lazaret_policy::Severity;

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
    let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, entry) in view.of_registry() {
        if let Some(address) = entry
            .resolved
            .as_ref()
            .and_then(|text| Address::parse(&text.text))
        {
            *hosts.entry(address.host).or_default() += 1;
        }
    }
    // Of equals the first by name: which one does not matter, both are told when a third is added.
    let usual = hosts
        .iter()
        .max_by_key(|(host, count)| (**count, std::cmp::Reverse(**host)));
    let usual = usual.map(|(host, _)| *host);
    let configured = super::project_settings::registries(view.project);
    for (index, entry) in view.of_registry() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let Some(address) = Address::parse(&resolved.text) else {
            continue;
        };
        let is_allowed = Some(address.host) == usual
            || view.known.allowed_hosts.contains(address.host)
            || configured.contains(address.host);
        if !is_allowed {
            let (name, host) = (entry.id(), super::shown(address.host));
            let usual = super::shown(usual.unwrap_or_default());
            found.entry(index, resolved.at, format!(
                "{name} is fetched from {host}, most others from {usual}; allow it with --allow-host if it is yours"
            ));
        }
    }
}
