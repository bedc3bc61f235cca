//! What could not be looked at to its end.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::hash::StableHash;
use crate::inspect::matters;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "incomplete-inspection",
    title: "Could not be inspected to its end",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("incomplete_inspection.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for why in &package.incomplete {
        found
            .package()
            .message("not all of the archive could be read")
            .evidence(&**why)
            .phase(Phase::Install)
            .add();
    }
    if let Some(error) = &package.manifest.error {
        found
            .package()
            .message("its package.json could not be read")
            .evidence(&**error)
            .phase(Phase::Install)
            .add();
    }
    for file in &package.files {
        for hit in &file.facts.hits {
            let severity = if matters(file, hit.kind) {
                Severity::High
            } else {
                Severity::Low
            };
            // The same file as before is no news; another one with the same fault is.
            let content = StableHash::default().with(&file.bytes).finish();
            found
                .within(file)
                .file()
                .severity(severity)
                .message("could not be inspected to its end")
                .evidence(&*hit.why)
                .same(&format!("{} {content:016x}", hit.why))
                .add();
        }
    }
}
