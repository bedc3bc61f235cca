//! Archives of which two clients may make different packages.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "nonconforming-archive",
    title: "An archive that npm does not make",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("nonconforming_archive.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for irregularity in &package.archive {
        found
            .package()
            .message(
                "the archive is not one that npm makes, and clients may disagree on what is in it",
            )
            .evidence(&**irregularity)
            .phase(Phase::Install)
            .add();
    }
}
