//! Runs detectors. One that panics is named and makes the inspection incomplete; the others go on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::change::Delta;
use crate::detectors::{DETECTORS, Detector, Looks, detector};
use crate::finding::Finding;
use crate::found::Found;
use crate::history::History;
use crate::inspect::Inspected;
use crate::limits::Limits;
use crate::report::Incomplete;
use crate::view::{ChangeView, FileView, HistoryView, PackageView};

/// What the detectors of files and packages find, in no order; and where they did not come to an end.
pub(crate) fn run(package: &PackageView, limits: &Limits) -> (Vec<Finding>, Vec<Incomplete>) {
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
                    for source in package.sources() {
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

/// What the detectors of history find.
pub(crate) fn history(
    history: &History,
    before: Option<&Inspected>,
    after: &Inspected,
    limits: &Limits,
) -> (Vec<Finding>, Vec<Incomplete>) {
    let mut findings = Vec::new();
    let mut incomplete = Vec::new();
    let view = HistoryView {
        history,
        before,
        after,
    };
    for detector in DETECTORS {
        if let Looks::History(look) = detector.looks {
            guarded(detector, limits, &mut findings, &mut incomplete, |found| {
                look(&view, found);
            });
        }
    }
    (findings, incomplete)
}

/// What the detectors of changes find.
pub(crate) fn change(
    before: &Inspected,
    after: &Inspected,
    delta: &Delta,
    history: Option<&History>,
    limits: &Limits,
) -> (Vec<Finding>, Vec<Incomplete>) {
    let mut findings = Vec::new();
    let mut incomplete = Vec::new();
    let view = ChangeView {
        before,
        after,
        delta,
        history,
    };
    for detector in DETECTORS {
        if let Looks::Change(look) = detector.looks {
            guarded(detector, limits, &mut findings, &mut incomplete, |found| {
                look(&view, found);
            });
        }
    }
    (findings, incomplete)
}

pub(crate) fn is_of_history(rule: &str) -> bool {
    detector(rule).is_some_and(|detector| matches!(detector.looks, Looks::History(_)))
}

/// Runs `look` for a detector and keeps what it found also if it panicked.
fn guarded(
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
            matters: true,
        });
    }
    let (more, overfull) = found.finish();
    findings.extend(more);
    for (file, count) in overfull {
        incomplete.push(Incomplete {
            file: Some(file),
            why: format!("{count} more findings of {} were not kept", detector.id),
            matters: true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn a_detector_that_fails_is_named_and_keeps_what_it_found() {
        let detector = Detector {
            id: "example",
            title: "",
            severity: Severity::High,
            cold: Severity::High,
            page: "",
            looks: Looks::Package(|_, _| {}),
        };
        let (mut findings, mut incomplete) = (Vec::new(), Vec::new());
        guarded(
            &detector,
            &Limits::default(),
            &mut findings,
            &mut incomplete,
            |found| {
                found.package().evidence("before").add();
                panic!("as a detector with a fault would");
            },
        );
        assert_eq!(findings.len(), 1);
        assert_eq!(incomplete.len(), 1);
        assert!(incomplete[0].matters);
        assert!(incomplete[0].why.contains("example"));
    }
}
