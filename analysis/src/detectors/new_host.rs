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

/// A file with more names of hosts than this is a table of them.
const NAMES: usize = 12;

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
    if !reach::asks_unknown_hosts(file) {
        return;
    }
    let named: Vec<_> = reach::named(file)
        .iter()
        .filter(|named| named.host.kind == Kind::Name && !own.has(&named.host.name))
        .filter(|named| !seen.contains(&named.host.name))
        .collect();
    if named.len() > NAMES {
        return;
    }
    for named in named {
        found
            .at(named.span)
            .function(named.function)
            .severity(Severity::Low)
            .message(format!(
                "names {} and sends requests to hosts that could not be told",
                named.host.name
            ))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}
