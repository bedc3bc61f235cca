//! The registry and the tarball say different things.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "manifest-confusion",
    title: "The registry shows another manifest than the tarball has",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("manifest_confusion.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for difference in &package.confusion {
        found
            .package()
            .message("what the registry shows of it is not what is installed")
            .evidence(&**difference)
            .phase(Phase::Install)
            .add();
    }
    for ambiguity in &package.ambiguities {
        found
            .package()
            .severity(Severity::Medium)
            .message("what its package.json says depends on who reads it")
            .evidence(&**ambiguity)
            .phase(Phase::Install)
            .add();
    }
}
