//! Names that may run scripts from now on.

use std::collections::BTreeSet;

use lazaret_npm::lockfile::Setting;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::Project;

pub(super) const RULE: Rule = Rule {
    id: "trust-added",
    title: "Newly allowed to run on installation",
    severity: Severity::Moderate,
    page: include_str!("trust_added.md"),
    check: Check::Changes,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some(base) = view.base else { return };
    let known: BTreeSet<&str> = trusted(base).map(|setting| &*setting.key).collect();
    for (manifest, text) in &view.project.manifests {
        let file = match manifest.path.as_str() {
            "" => "package.json".to_owned(),
            path => format!("{path}/package.json"),
        };
        for setting in manifest.settings.iter().filter(|setting| is_trust(setting)) {
            if !known.contains(&*setting.key) {
                let name = super::shown(&setting.key);
                let message = format!(
                    "{name} may run its scripts on installation from now on (`{}`)",
                    setting.group
                );
                found.file(RULE.severity, &file, text, setting.value.at, message);
            }
        }
    }
}

fn trusted(project: &Project) -> impl Iterator<Item = &Setting> {
    let all = project
        .manifests
        .iter()
        .flat_map(|(manifest, _)| &manifest.settings);
    all.chain(&project.lockfile.settings)
        .filter(|setting| is_trust(setting))
}

fn is_trust(setting: &Setting) -> bool {
    matches!(
        setting.group,
        "trustedDependencies" | "onlyBuiltDependencies"
    )
}
