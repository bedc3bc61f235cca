//! Version numbers that leave out what should be between.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::ChangeView;
use lazaret_npm::Version;

pub(super) const DETECTOR: Detector = Detector {
    id: "version-jump",
    title: "Skips version numbers",
    severity: Severity::Low,
    cold: Severity::Note,
    page: include_str!("version_jump.md"),
    looks: Looks::Change(look),
};

/// Minor and patch versions that a project may leave out: unpublished, or published from a branch.
const LEFT_OUT: u64 = 15;

fn look(change: &ChangeView<'_>, found: &mut Found) {
    let (before, after) = (&change.before.report.version, &change.after.report.version);
    let (Ok(old), Ok(new)) = (Version::parse_loose(before), Version::parse_loose(after)) else {
        return;
    };
    // Years are versions to some.
    let jumps = if new.major != old.major {
        new.major > old.major + 1 && new.major < 1_900
    } else if new.minor != old.minor {
        new.minor > old.minor + LEFT_OUT
    } else {
        new.patch > old.patch + LEFT_OUT
    };
    // Builds from every commit count on in their patch number.
    if jumps && !old.is_prerelease() && !new.is_prerelease() {
        found
            .package()
            .message(format!("its version goes from {before} to {after}"))
            .evidence(format!("{before} -> {after}"))
            .phase(Phase::Install)
            .add();
    }
}
