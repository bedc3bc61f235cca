//! Loops without an end that run on import.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "endless-loop",
    title: "Never comes to an end",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("endless_loop.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for endless in &file.facts.loops {
        let severity = match file.phase {
            Phase::Install | Phase::Import => Severity::High,
            _ => Severity::Low,
        };
        let shown = file.slice(endless.span);
        found
            .at(endless.span)
            .function(endless.function)
            .severity(severity)
            .message("has a loop that nothing ends, and that runs at once")
            .evidence(&shown[..shown.floor_char_boundary(100)])
            .add();
    }
}
