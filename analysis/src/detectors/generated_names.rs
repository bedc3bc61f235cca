//! Names that no person gives.

use super::{Detector, Looks};
use crate::facts::Span;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "generated-names",
    title: "Gives its variables meaningless numbers",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("generated_names.md"),
    looks: Looks::File(look),
};

/// Fewer may be a person's joke or a tool's mark.
const LEAST: u32 = 10;

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    if facts.generated_names < LEAST || facts.generated_names * 4 < facts.names {
        return;
    }
    let at = file.text.find("_0x").unwrap_or(0);
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    found
        .at(Span { start, end: start })
        .message("most of its variables are called by numbers, as obfuscators do")
        .evidence(
            file.text
                .get(at..file.text.floor_char_boundary(at + 80))
                .unwrap_or_default(),
        )
        .same(&file.path)
        .add();
}
