//! Published again after a long rest.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "dormant-package",
    title: "Published after a long rest",
    severity: Severity::Low,
    cold: Severity::Low,
    page: include_str!("dormant_package.md"),
    looks: Looks::History(look),
};

/// In days. rand-user-agent had rested for seven months, coa for three years.
const LONG: i64 = 365;

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let Some(days) = view.history.days_rested() else {
        return;
    };
    if days >= LONG {
        found
            .package()
            .message(format!(
                "no version was published for {days} days before this one"
            ))
            .evidence(format!("{days} days"))
            .same("rested")
            .phase(Phase::Install)
            .add();
    }
}
