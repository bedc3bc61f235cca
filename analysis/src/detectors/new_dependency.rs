//! Dependencies that the version before did not have.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::ChangeView;

pub(super) const DETECTOR: Detector = Detector {
    id: "new-dependency",
    title: "Has a new dependency",
    severity: Severity::Low,
    cold: Severity::Note,
    page: include_str!("new_dependency.md"),
    looks: Looks::Change(look),
};

fn look(change: &ChangeView<'_>, found: &mut Found) {
    for dependency in change.delta.brought() {
        let wanted = dependency.after.as_deref().unwrap_or_default();
        found
            .place(dependency.place())
            .message(format!("{} is a new dependency", dependency.name))
            .evidence(format!("{} {wanted}", dependency.name))
            .phase(Phase::Install)
            .add();
    }
}
