//! Hosts that nothing was fetched from before.

use std::collections::BTreeSet;

use lazaret_policy::Severity;

use super::url::{Address, compared};
use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::Project;

pub(super) const RULE: Rule = Rule {
    id: "host-added",
    title: "Fetched from a host that is new here",
    severity: Severity::Moderate,
    page: include_str!("host_added.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    let known = hosts(base);
    let mut told = BTreeSet::new();
    for (index, entry) in view.packages() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let Some(host) = host(&resolved.text) else {
            continue;
        };
        if !known.contains(&host) && told.insert(host.clone()) {
            let (name, host) = (entry.id(), super::shown(&host));
            found.entry(
                index,
                resolved.at,
                format!("{name} comes from {host}, where nothing came from before"),
            );
        }
    }
}

fn hosts(project: &Project) -> BTreeSet<String> {
    let resolved = project
        .lockfile
        .packages()
        .filter_map(|entry| entry.resolved.as_ref());
    resolved.filter_map(|text| host(&text.text)).collect()
}

/// Of repositories too: `git+ssh://git@host/…`.
fn host(address: &str) -> Option<String> {
    let address = address.strip_prefix("git+").unwrap_or(address);
    match Address::parse(address) {
        Some(address) => Some(address.own_host()),
        None => {
            let (scheme, rest) = address.split_once("://")?;
            let authority = rest.split(['/', '#']).next()?;
            let host = authority.rsplit('@').next().unwrap_or(authority);
            Some(compared(scheme, host)).filter(|host| !host.is_empty())
        }
    }
}
