//! The memory of other processes.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::secret::Kind;
use crate::taken;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "process-memory",
    title: "Reads the memory of processes",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("process_memory.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for taken in taken::taken(file) {
        if taken.kind != Kind::Memory {
            continue;
        }
        let is_memory = taken.path.ends_with("/mem");
        found
            .at(taken.span)
            .function(taken.function)
            .severity(match (is_memory, taken.read) {
                (true, true) => Severity::Critical,
                (true, false) => Severity::High,
                (false, _) => Severity::Medium,
            })
            .message(format!("reads {} of another process", taken.path))
            .evidence(taken.evidence.as_str())
            .same(&taken.path)
            .add();
    }
    // Put together of parts that are not known, the path still has its ends.
    for text in &file.facts.strings {
        let text_only = &*text.text;
        let dumps = ["Runner.Worker", "gcore", "procdump"]
            .iter()
            .any(|word| text_only.contains(word))
            && text_only.contains("/proc/");
        if dumps {
            found
                .text(text)
                .severity(Severity::High)
                .message("looks for another process to read its memory")
                .add();
        }
    }
}
