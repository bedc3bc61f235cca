//! The environment as a whole, in a file.

use super::{Detector, Looks};
use crate::facts::{Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "environment-dump",
    title: "Keeps the whole environment in a file",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("environment_dump.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for flow in &file.facts.flows {
        let kept = matches!(flow.sink, Sink::File | Sink::RunFile);
        if flow.source == Source::Environment && kept && flow.encoded {
            found
                .flow(flow)
                .message("keeps the whole environment in a file")
                .add();
        }
    }
}
