//! Connections without a protocol.

use super::{Detector, Looks};
use crate::api::{self, Network};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "raw-socket",
    title: "Opens a connection of its own",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("raw_socket.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        if call.uses.network != Some(Network::Socket) {
            continue;
        }
        let host = api::host(call, Network::Socket);
        let (severity, message) = match &host {
            Some(host) if host.is_public() => {
                (Severity::Medium, format!("connects to {}", host.name))
            }
            Some(_) => continue,
            None => (
                Severity::Low,
                "connects to hosts that could not be told".to_owned(),
            ),
        };
        found.call(call).severity(severity).message(message).add();
    }
}
