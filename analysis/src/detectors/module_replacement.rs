//! Modules that are loaded already, replaced for everybody.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "module-replacement",
    title: "Replaces another package in memory",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("module_replacement.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        let replaces =
            write.path.starts_with("require.cache[]") && write.path.ends_with("].exports");
        if replaces && hooks::changes(write) {
            found
                .write(write)
                .message("puts something else in the place of a module that others have loaded")
                .add();
        }
    }
}
