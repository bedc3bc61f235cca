//! Much more than before.

use super::{Detector, Looks};
use crate::finding::{Phase, Place, Severity};
use crate::found::Found;
use crate::view::ChangeView;

pub(super) const DETECTOR: Detector = Detector {
    id: "size-jump",
    title: "Grows by much",
    severity: Severity::Medium,
    cold: Severity::Note,
    page: include_str!("size_jump.md"),
    looks: Looks::Change(look),
};

/// Below, sizes say nothing.
const SMALL: u64 = 20 << 10;

fn look(change: &ChangeView<'_>, found: &mut Found) {
    let before = change.before.report.files.bytes;
    let after = change.after.report.files.bytes;
    if after > before + SMALL && after > before * 3 / 2 {
        let severity = if after / 5 > before {
            Severity::Medium
        } else {
            Severity::Low
        };
        found
            .package()
            .severity(severity)
            .message(format!(
                "it grows from {} to {}",
                in_words(before),
                in_words(after)
            ))
            .evidence(format!("{before} -> {after} bytes"))
            .phase(Phase::Import)
            .add();
    }
    for file in change.after.files.iter().filter(|file| file.script) {
        let old = change.before.files.iter().find(|old| old.path == file.path);
        let Some(old) = old.filter(|old| old.bytes > 0) else {
            continue;
        };
        if file.bytes > SMALL && file.bytes / 10 > old.bytes {
            found
                .place(Place {
                    file: file.path.clone(),
                    line: 0,
                    column: 0,
                })
                .message(format!(
                    "one script grows from {} to {}",
                    in_words(old.bytes),
                    in_words(file.bytes)
                ))
                .evidence(format!("{} -> {} bytes", old.bytes, file.bytes))
                .phase(file.phase)
                .add();
        }
    }
}

fn in_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
