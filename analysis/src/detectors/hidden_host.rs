//! Hosts that the code hides.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "hidden-host",
    title: "Hides the name of a host",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("hidden_host.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for named in reach::named(file) {
        // Joined of parts that stand there openly, it hides nothing.
        let open = file.text.contains(named.host.name.as_str());
        if open || !named.host.is_public() || file.package.own_hosts.has(&named.host.name) {
            continue;
        }
        found
            .at(named.span)
            .function(named.function)
            .severity(match named.decoded {
                true => Severity::High,
                false => Severity::Medium,
            })
            .message(format!("hides that it knows {}", named.host.name))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}
