//! Requests, connections, look-ups.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::api::{self, Network};
use crate::finding::Severity;
use crate::found::{Found, shown_call};
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "network-use",
    title: "Uses the network",
    severity: Severity::Note,
    cold: Severity::Note,
    page: include_str!("network_use.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for call in &file.facts.calls {
        let Some(network) = call.uses.network else {
            continue;
        };
        // One of each kind of call is enough to know it.
        if !seen.insert(api::plain(&call.callee)) {
            continue;
        }
        let message = match network {
            Network::Request => "sends requests",
            Network::Socket => "opens connections",
            Network::Dns => "asks for names",
        };
        found
            .at(call.span)
            .function(call.function)
            .message(message)
            .evidence(shown_call(&call.callee, &call.args, call.new))
            .same(api::plain(&call.callee))
            .add();
    }
}
