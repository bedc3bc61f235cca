//! Files that change where packages come from, or run in an installation.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "settings-changed",
    title: "The package manager's settings changed",
    severity: Severity::Moderate,
    page: include_str!("settings_changed.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    for (file, text) in &view.project.settings {
        let what = match base.settings.get(file) {
            Some(before) if before == text => continue,
            Some(_) => "changed",
            None => "is new",
        };
        let message = format!(
            "{file} {what}: it can decide where packages come from and what runs when they are installed"
        );
        found.file(RULE.severity, file, text, NOWHERE, message);
    }
    for file in base
        .settings
        .keys()
        .filter(|file| !view.project.settings.contains_key(*file))
    {
        found.lockfile(
            RULE.severity,
            NOWHERE,
            format!("{file} is gone, and what it set with it"),
        );
    }
}
