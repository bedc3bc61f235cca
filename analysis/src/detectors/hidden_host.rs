//! Hosts that the code hides.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::reach;
use crate::source::Source;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "hidden-host",
    title: "Hides the name of a host",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("hidden_host.md"),
    looks: Looks::File(look),
};

/// Hosts of one file that are looked for in all others.
const LOOKED: usize = 16;

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut looked = 0;
    for named in reach::named(file) {
        // Joined of parts that stand there openly, it hides nothing.
        let name = named.host.name.as_str();
        let is_open_in = |source: &Source| source.text.contains(name);
        let mut open = is_open_in(file.source);
        // Or as a constant of another file.
        if !open && looked < LOOKED && !file.facts.imports.is_empty() {
            looked += 1;
            open = file.package.sources().any(|source| is_open_in(source));
        }
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
