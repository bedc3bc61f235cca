//! Requests to a domain that the project calls its own only since this version.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host;
use crate::view::ChangeView;

pub(super) const DETECTOR: Detector = Detector {
    id: "moved-home",
    title: "Asks a domain that it newly calls its own",
    severity: Severity::High,
    cold: Severity::Note,
    page: include_str!("moved_home.md"),
    looks: Looks::Change(look),
};

fn look(change: &ChangeView<'_>, found: &mut Found) {
    // Without any home before there was nothing to move from: most likely the members were filled in.
    if change.before.own_hosts.domains().next().is_none() {
        return;
    }
    for (name, asked) in &change.delta.hosts {
        let is_new_home = change.after.own_hosts.has(name) && !change.before.own_hosts.has(name);
        if !is_new_home {
            continue;
        }
        let domain = host::of_name(name).map(|host| host.domain().to_owned());
        found
            .place(asked.place.clone())
            .message(format!(
                "asks {name}, which package.json names as the project's only since this version"
            ))
            .evidence(domain.unwrap_or_default())
            .phase(asked.phase)
            .add();
    }
}
