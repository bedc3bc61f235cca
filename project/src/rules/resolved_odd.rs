//! Addresses that are written to be misread.

use lazaret_policy::Severity;

use super::url::Address;
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-odd",
    title: "An address that is easily misread",
    severity: Severity::High,
    page: include_str!("resolved_odd.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let Some(address) = Address::parse(&resolved.text) else {
            continue;
        };
        let path = address.path.to_ascii_lowercase();
        let climbs = path
            .split('/')
            .any(|part| matches!(part, ".." | "%2e%2e" | ".%2e" | "%2e."));
        let what = if address.user.is_some() {
            "has something before an @, which is no part of the host and may be a password"
        } else if resolved.text.contains('\\') {
            "has a backslash, which clients read as a slash"
        } else if climbs || path.contains("%2f..") || path.contains("..%2f") {
            "leads back up with .."
        } else if address.host.is_empty() || !address.host.is_ascii() || address.host.contains('%')
        {
            "has a host that is empty or not in plain letters"
        } else if resolved
            .text
            .bytes()
            .any(|byte| byte.is_ascii_control() || byte == b' ')
        {
            "has control characters or spaces"
        } else {
            continue;
        };
        let name = entry.id();
        found.entry(index, resolved.at, format!("the address of {name} {what}"));
    }
}
