//! Many versions within an hour.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "publish-burst",
    title: "Published together with many others",
    severity: Severity::Low,
    cold: Severity::Low,
    page: include_str!("publish_burst.md"),
    looks: Looks::History(look),
};

/// Other packages of the same account within an hour.
const PACKAGES: u32 = 10;
/// Versions of the same package within an hour, this one included.
const VERSIONS: usize = 3;
const HOUR: i64 = 60 * 60;

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let history = view.history;
    if let Some(burst) = history.burst.filter(|burst| *burst >= PACKAGES) {
        found
            .package()
            .message(format!(
                "the same account published {burst} other packages within an hour"
            ))
            .evidence(format!("{burst} packages"))
            .same("packages")
            .phase(Phase::Install)
            .add();
    }
    let Some(now) = history.published_after else {
        return;
    };
    let together = history
        .published
        .values()
        .filter(|other| (other.as_second() - now.as_second()).abs() <= HOUR)
        .count();
    if together >= VERSIONS {
        found
            .package()
            .message(format!(
                "{together} versions of it were published within an hour"
            ))
            .evidence(format!("{together} versions"))
            .same("versions")
            .phase(Phase::Install)
            .add();
    }
}
