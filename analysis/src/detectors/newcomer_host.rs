//! A package that hardly exists yet, and asks a host.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "newcomer-host",
    title: "Is days old and asks a public host",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("newcomer_host.md"),
    looks: Looks::History(look),
};

/// In days.
const YOUNG: i64 = 30;

fn look(view: &HistoryView<'_>, found: &mut Found) {
    // An update has a version before, whose hosts are no news.
    if view.before.is_some() {
        return;
    }
    let Some(days) = view.history.days_since_first() else {
        return;
    };
    if days >= YOUNG {
        return;
    }
    for (host, asked) in &view.after.hosts {
        if view.after.own_hosts.has(host) || asked.phase > Phase::Bin {
            continue;
        }
        found
            .place(asked.place.clone())
            .message(format!(
                "asks {host}, and the package was first published {}",
                match days {
                    ..=0 => "with this version".to_owned(),
                    1 => "a day before".to_owned(),
                    days => format!("{days} days before"),
                }
            ))
            .evidence(host.as_str())
            .same(host)
            .phase(asked.phase)
            .add();
    }
}
