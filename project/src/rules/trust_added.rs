//! Names that may run scripts from now on.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lazaret_npm::lockfile::manifest::pnpm_trust;
use lazaret_npm::lockfile::{Setting, yaml};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::{NOWHERE, Project};

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
    let before = lists(base);
    let all_before = before.iter().flat_map(|list| list.settings.iter());
    let all_before = all_before.chain(&base.lockfile.settings);
    let (kept_before, known): (Vec<&Setting>, Vec<&Setting>) = all_before
        .filter(|setting| is_trust(setting) || is_distrust(setting))
        .partition(|setting| is_distrust(setting));
    let known: BTreeSet<&str> = known.iter().map(|setting| &*setting.key).collect();
    let kept_before: BTreeSet<&str> = kept_before.iter().map(|setting| &*setting.key).collect();
    let mut kept = BTreeSet::new();
    let lists = lists(view.project);
    for list in &lists {
        for setting in list.settings.iter() {
            let is_first = is_distrust(setting) && kept.is_empty() && kept_before.is_empty();
            let is_new = is_trust(setting) && !known.contains(&*setting.key);
            if is_distrust(setting) {
                kept.insert(&*setting.key);
            }
            if is_new || is_first {
                let (at, message) = (setting.value.at, told(setting));
                found.file(RULE.severity, &list.file, list.text, at, message);
            }
        }
    }
    // Without the list, pnpm runs nothing that is not allowed.
    if kept.is_empty() {
        return;
    }
    for name in kept_before.difference(&kept) {
        let name = super::shown(name);
        let message = format!(
            "{name} may run its scripts on installation from now on: `neverBuiltDependencies` named it before"
        );
        found.lockfile(RULE.severity, NOWHERE, message);
    }
}

/// The settings of one file.
struct List<'a> {
    file: String,
    text: &'a str,
    settings: Cow<'a, [Setting]>,
}

fn lists(project: &Project) -> Vec<List<'_>> {
    let mut lists = Vec::new();
    for (manifest, text) in &project.manifests {
        lists.push(List {
            file: match manifest.path.as_str() {
                "" => "package.json".to_owned(),
                path => format!("{path}/package.json"),
            },
            text,
            settings: Cow::Borrowed(&manifest.settings),
        });
    }
    let file = "pnpm-workspace.yaml";
    if let Some(text) = project.settings.get(file) {
        // What cannot be read, `project-settings` tells of.
        let documents = yaml::parse(text).unwrap_or_default();
        lists.push(List {
            file: file.to_owned(),
            text,
            settings: Cow::Owned(documents.iter().flat_map(pnpm_trust).collect()),
        });
    }
    lists
}

fn told(setting: &Setting) -> String {
    let name = super::shown(&setting.key);
    let who = match setting.group {
        "dangerouslyAllowAllBuilds" => "every package may run its scripts".to_owned(),
        "neverBuiltDependencies" => {
            "every package but those named here may run its scripts".to_owned()
        }
        "onlyBuiltDependenciesFile" => {
            format!("the packages that {name} names may run their scripts")
        }
        _ => format!("{name} may run its scripts"),
    };
    format!("{who} on installation from now on (`{}`)", setting.group)
}

fn is_trust(setting: &Setting) -> bool {
    matches!(
        setting.group,
        "trustedDependencies"
            | "onlyBuiltDependencies"
            | "onlyBuiltDependenciesFile"
            | "allowBuilds"
            | "dangerouslyAllowAllBuilds"
    )
}

fn is_distrust(setting: &Setting) -> bool {
    setting.group == "neverBuiltDependencies"
}
