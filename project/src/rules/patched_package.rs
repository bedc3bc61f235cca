//! Packages that the project changes after they are fetched.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "patched-package",
    title: "Changed by a patch of the project",
    severity: Severity::High,
    page: include_str!("patched_package.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let project = view.project;
    for (index, entry) in view.packages() {
        let Some(patch) = &entry.patch else { continue };
        // yarn's own patches, for packages that need one to run in its archives.
        if patch.text.contains("builtin<") {
            continue;
        }
        let name = entry.id();
        found.entry_as(
            Severity::Info,
            index,
            patch.at,
            format!("{name} is changed by a patch of this project after it was checked"),
        );
    }
    for setting in &project.lockfile.settings {
        let is_path =
            setting.group == "patchedDependencies" && setting.value.text.ends_with(".patch");
        if is_path
            && !project
                .patches
                .iter()
                .any(|patch| **patch == *setting.value.text)
        {
            let (name, path) = (
                super::shown(&setting.key),
                super::shown(&setting.value.text),
            );
            found.lockfile(
                RULE.severity,
                setting.value.at,
                format!("the patch {path} of {name} is not in the project"),
            );
        }
    }
}
