//! Public addresses without a name.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::host::{Host, Kind};
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "raw-ip-host",
    title: "Reaches a public address without a name",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("raw_ip_host.md"),
    looks: Looks::File(look),
};

/// Name servers that everybody may ask, which programs use to see whether the network is there.
const RESOLVERS: &[&str] = &[
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "208.67.222.222",
    "208.67.220.220",
    "114.114.114.114",
    "223.5.5.5",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let is_meant =
        |host: &Host| host.kind == Kind::Address && !RESOLVERS.contains(&host.name.as_str());
    let mut seen = BTreeSet::new();
    for reached in reach::reached(file) {
        if !is_meant(&reached.host) || reached.looked_up || !seen.insert(reached.host.name.clone())
        {
            continue;
        }
        found
            .at(reached.span)
            .function(reached.function)
            .message(format!("reaches the address {}", reached.host.name))
            .evidence(reached.evidence.as_str())
            .same(&reached.host.name)
            .add();
    }
    // An install script may leave fetching to another file.
    let installs = file.phase == Phase::Install && file.package.uses_network;
    if !installs && !reach::uses_network(file) {
        return;
    }
    for named in reach::named(file) {
        if !is_meant(&named.host) || !seen.insert(named.host.name.clone()) {
            continue;
        }
        found
            .at(named.span)
            .function(named.function)
            .severity(match installs {
                true => Severity::High,
                false => Severity::Medium,
            })
            .message(format!(
                "names the address {} and uses the network",
                named.host.name
            ))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}
