//! New dependencies that no code uses: they are there to be installed.

use super::young_dependency::{YOUNG, is_sibling};
use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::Group;
use crate::view::ChangeView;

pub(super) const DETECTOR: Detector = Detector {
    id: "phantom-dependency",
    title: "Has a new dependency that it does not use",
    severity: Severity::High,
    cold: Severity::Note,
    page: include_str!("phantom_dependency.md"),
    looks: Looks::Change(look),
};

fn look(change: &ChangeView<'_>, found: &mut Found) {
    let quiet = code_is_as_before(change);
    for dependency in change.delta.brought() {
        if dependency.group == Group::Peer || !change.after.unused.contains(&dependency.name) {
            continue;
        }
        let young = change
            .history
            .and_then(|history| history.days_old(&dependency.name))
            .is_some_and(|days| days < YOUNG);
        let severity = match (
            is_sibling(&dependency.name, &change.after.report.name),
            young,
        ) {
            (true, _) => Severity::Low,
            (false, true) => Severity::High,
            (false, false) if quiet => Severity::High,
            (false, false) => Severity::Medium,
        };
        let mut message = format!(
            "{} is a new dependency, and no file names it",
            dependency.name
        );
        if young {
            message += "; it is itself new";
        } else if quiet {
            message += "; the code is as before";
        }
        found
            .place(dependency.place())
            .severity(severity)
            .message(message)
            .evidence(format!(
                "{} {}",
                dependency.name,
                dependency.after.as_deref().unwrap_or_default()
            ))
            .phase(Phase::Install)
            .add();
    }
}

/// Apart from what a release changes anyway, such as the version in a constant.
fn code_is_as_before(change: &ChangeView<'_>) -> bool {
    if change.delta.is_manifest_only() {
        return true;
    }
    let added = change.delta.paths.added.iter();
    let scripts = &change.after.files;
    let adds_code = added.into_iter().any(|path| {
        scripts
            .iter()
            .any(|file| file.path == *path && (file.script || file.native))
    });
    let new = change.after.shapes.missing_in(&change.before.shapes);
    !adds_code && new * 50 <= change.after.shapes.len()
}
