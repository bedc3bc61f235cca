//! Public hosts that requests go to.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host::Kind;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "new-host",
    title: "Reaches a public host",
    severity: Severity::High,
    cold: Severity::Note,
    page: include_str!("new_host.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let own = &file.package.own_hosts;
    let mut seen = BTreeSet::new();
    for reached in reach::reached(file) {
        // Addresses and drops have rules of their own.
        if reached.host.kind != Kind::Name
            || reached.looked_up
            || !seen.insert(reached.host.name.clone())
        {
            continue;
        }
        let severity = if own.has(&reached.host.name) {
            Severity::Low
        } else {
            Severity::High
        };
        found
            .at(reached.span)
            .function(reached.function)
            .severity(severity)
            .message(format!("sends requests to {}", reached.host.name))
            .evidence(reached.evidence.as_str())
            .same(&reached.host.name)
            .add();
    }
    for named in reach::meant(file, file.package) {
        if own.has(&named.host.name) {
            continue;
        }
        found
            .at(named.span)
            .function(named.function)
            .message(format!(
                "names {} and sends requests to hosts that could not be told",
                named.host.name
            ))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}
