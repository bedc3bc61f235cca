//! The version before was published by a workflow without a token, and this one was not.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "trusted-publisher-dropped",
    title: "No longer published by its trusted workflow",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("trusted_publisher_dropped.md"),
    looks: Looks::History(look),
};

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let history = view.history;
    if history.trusted_publisher_before == Some(true)
        && history.trusted_publisher_after == Some(false)
    {
        found
            .package()
            .message("the version before came from its trusted workflow, this one from a token")
            .evidence("trusted publisher: yes -> no")
            .phase(Phase::Install)
            .add();
    }
}
