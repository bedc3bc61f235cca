//! Runs detectors. One that panics is named and makes the inspection incomplete; the others go on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::detectors::{DETECTORS, Detector, Looks};
use crate::finding::Finding;
use crate::found::Found;
use crate::limits::Limits;
use crate::report::Incomplete;
use crate::view::{FileView, PackageView};

/// What the detectors of files and packages find, in no order; and where they did not come to an end.
pub fn run(package: &PackageView, limits: &Limits) -> (Vec<Finding>, Vec<Incomplete>) {
    let mut findings = Vec::new();
    let mut incomplete = Vec::new();
    for detector in DETECTORS {
        guarded(
            detector,
            limits,
            &mut findings,
            &mut incomplete,
            |found| match detector.looks {
                Looks::File(look) => {
                    for source in &package.files {
                        found.within(source);
                        look(&FileView { source, package }, found);
                    }
                }
                Looks::Package(look) => look(package, found),
                Looks::Change(_) | Looks::History(_) => {}
            },
        );
    }
    (findings, incomplete)
}

/// Runs `look` for a detector and keeps what it found also if it panicked.
pub(crate) fn guarded(
    detector: &Detector,
    limits: &Limits,
    findings: &mut Vec<Finding>,
    incomplete: &mut Vec<Incomplete>,
    look: impl FnOnce(&mut Found),
) {
    let mut found = Found::new(detector, limits.findings);
    if catch_unwind(AssertUnwindSafe(|| look(&mut found))).is_err() {
        incomplete.push(Incomplete {
            file: found.current(),
            why: format!("the detector {} failed", detector.id),
        });
    }
    let (more, overfull) = found.finish();
    findings.extend(more);
    for (file, count) in overfull {
        incomplete.push(Incomplete {
            file: Some(file),
            why: format!("{count} more findings of {} were not kept", detector.id),
        });
    }
}
