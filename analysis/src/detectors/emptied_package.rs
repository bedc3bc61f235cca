//! Nothing is left of what it was.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::inspect::FileSummary;
use crate::view::ChangeView;

pub(super) const DETECTOR: Detector = Detector {
    id: "emptied-package",
    title: "Loses its code",
    severity: Severity::High,
    cold: Severity::Note,
    page: include_str!("emptied_package.md"),
    looks: Looks::Change(look),
};

/// Smaller packages have little to lose.
const SMALL: u64 = 500;
/// More than this is no stub.
const LITTLE: u64 = 2_000;

fn look(change: &ChangeView<'_>, found: &mut Found) {
    let bytes = |files: &[FileSummary]| -> u64 {
        let code = files.iter().filter(|file| file.script || file.native);
        code.map(|file| file.bytes).sum()
    };
    let before = bytes(&change.before.files);
    let after = bytes(&change.after.files);
    if before < SMALL || after > (before / 50).min(LITTLE) {
        return;
    }
    found
        .package()
        .message(match after {
            0 => "has no code any more".to_owned(),
            _ => format!("has {after} bytes of code left, of {before}"),
        })
        .evidence(format!("{before} -> {after} bytes of code"))
        .phase(Phase::Import)
        .add();
}
