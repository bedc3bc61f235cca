//! Another account published it than the version before.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "publisher-changed",
    title: "Published by somebody else than before",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("publisher_changed.md"),
    looks: Looks::History(look),
};

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let history = view.history;
    let (Some(before), Some(after)) = (&history.publisher_before, &history.publisher_after) else {
        return;
    };
    if before == after {
        return;
    }
    let was_maintainer = history
        .maintainers_before
        .as_ref()
        .is_some_and(|maintainers| maintainers.contains(after));
    let severity = if was_maintainer || is_workflow(after) {
        Severity::Low
    } else {
        Severity::Medium
    };
    let message = if is_workflow(before) {
        format!("{after} published it by hand, after a workflow did before")
    } else {
        format!("{after} published it, after {before} did before")
    };
    found
        .package()
        .severity(severity)
        .message(message)
        .evidence(format!("{before} -> {after}"))
        .phase(Phase::Install)
        .add();
}

/// The name under which registries show versions that a workflow published.
pub(super) fn is_workflow(publisher: &str) -> bool {
    matches!(publisher, "GitHub Actions" | "GitLab CI/CD" | "CircleCI")
}
