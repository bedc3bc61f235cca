//! The memory of other processes.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::secret::Kind;
use crate::taken;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "process-memory",
    title: "Reads the memory of processes",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("process_memory.md"),
    looks: Looks::File(look),
};

static DUMPS: Words = Words::new(&["Runner.Worker", "gcore", "procdump"]);

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
    for text in file.texts_with(&DUMPS) {
        if text.text.contains("/proc/") {
            found
                .text(text)
                .severity(Severity::High)
                .message("looks for another process to read its memory")
                .add();
        }
    }
}
