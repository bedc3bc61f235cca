//! The metadata service of cloud machines.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host::Kind;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "cloud-metadata",
    title: "Asks a cloud machine for its credentials",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("cloud_metadata.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut reached_any = false;
    for reached in reach::reached(file) {
        if reached.host.kind != Kind::Metadata || reached.looked_up {
            continue;
        }
        reached_any = true;
        found
            .at(reached.span)
            .function(reached.function)
            .message(format!(
                "asks {}, which gives the machine's credentials",
                reached.host.name
            ))
            .evidence(reached.evidence.as_str())
            .same(&reached.host.name)
            .add();
    }
    if reached_any || !reach::uses_network(file) {
        return;
    }
    for named in reach::named(file) {
        if named.host.kind != Kind::Metadata {
            continue;
        }
        found
            .at(named.span)
            .function(named.function)
            .severity(Severity::Medium)
            .message(format!("names {} and uses the network", named.host.name))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}
