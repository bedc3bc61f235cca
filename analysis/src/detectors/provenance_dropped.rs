//! The version before said where it was built, and this one does not.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "provenance-dropped",
    title: "No longer says where it was built",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("provenance_dropped.md"),
    looks: Looks::History(look),
};

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let history = view.history;
    if history.provenance_before == Some(true) && history.provenance_after == Some(false) {
        found
            .package()
            .message("the version before had provenance, this one has none")
            .evidence("attestations: yes -> no")
            .phase(Phase::Install)
            .add();
    }
}
