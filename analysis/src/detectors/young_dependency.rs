//! New dependencies that hardly exist yet.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::Group;
use crate::view::HistoryView;

pub(super) const DETECTOR: Detector = Detector {
    id: "young-dependency",
    title: "Has a new dependency that is only days old",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("young_dependency.md"),
    looks: Looks::History(look),
};

/// In days. Of the planted dependencies of 2018-2026 the oldest was 18 hours to 5 days old when it was depended on.
pub(super) const YOUNG: i64 = 30;

fn look(view: &HistoryView<'_>, found: &mut Found) {
    let before = view.before.map(|before| &before.report.dependencies);
    for dependency in &view.after.report.dependencies {
        let name = dependency.real_name();
        let known = before.is_some_and(|before| {
            before
                .iter()
                .any(|old| old.real_name() == name && old.group != Group::Development)
        });
        // npm and pnpm install peers, too.
        if known || dependency.group == Group::Development {
            continue;
        }
        let Some(days) = view.history.days_old(name) else {
            continue;
        };
        if days >= YOUNG {
            continue;
        }
        let severity = if is_sibling(name, &view.after.report.name) {
            Severity::Low
        } else {
            Severity::High
        };
        found
            .place(dependency.place())
            .severity(severity)
            .message(format!(
                "{name} was first published {} before this version",
                match days {
                    ..=0 => "less than a day".to_owned(),
                    1 => "a day".to_owned(),
                    days => format!("{days} days"),
                }
            ))
            .evidence(format!("{} {}", dependency.name, dependency.wanted))
            .phase(Phase::Install)
            .add();
    }
}

/// Of the same scope, or its name begins with the package's own (and a hyphen): likely published by the same people.
pub(super) fn is_sibling(dependency: &str, package: &str) -> bool {
    match (scope(dependency), scope(package)) {
        (Some(a), Some(b)) => a == b,
        // `@esbuild/linux-x64` of `esbuild`.
        (Some(a), None) => a == package,
        (None, Some(_)) => false,
        (None, None) => {
            !package.is_empty()
                && dependency
                    .strip_prefix(package)
                    .is_some_and(|rest| rest.starts_with('-'))
        }
    }
}

fn scope(name: &str) -> Option<&str> {
    Some(name.strip_prefix('@')?.split_once('/')?.0)
}
