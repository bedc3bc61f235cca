//! Several lockfiles in one folder.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "several-lockfiles",
    title: "Several lockfiles for one project",
    severity: Severity::Moderate,
    page: include_str!("several_lockfiles.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let project = view.project;
    let is_beside = |name: &str| project.siblings.iter().any(|sibling| sibling == name);
    if project.file == "package-lock.json" && is_beside("npm-shrinkwrap.json") {
        let message =
            "npm reads npm-shrinkwrap.json and not this file; nothing keeps the two alike"
                .to_owned();
        found.lockfile(RULE.severity, NOWHERE, message);
        return;
    }
    // Told once, at the first that rules can look at.
    let mut others = project.siblings.iter();
    let is_first =
        others.all(|sibling| project.file < *sibling || project.unread_siblings.contains(sibling));
    if is_first && !project.siblings.is_empty() {
        let others = project.siblings.join(", ");
        let message = format!(
            "{others} lies beside it: each package manager reads its own, and only one of them is tested"
        );
        found.lockfile(RULE.severity, NOWHERE, message);
    }
}
