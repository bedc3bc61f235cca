//! Overrides that put another package in place.

use std::collections::HashSet;

use lazaret_npm::lockfile::{Setting, Source};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::Project;

pub(super) const RULE: Rule = Rule {
    id: "override-elsewhere",
    title: "An override that takes another package",
    severity: Severity::Moderate,
    page: include_str!("override_elsewhere.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let Some((manifest, text)) = view
        .project
        .manifests
        .iter()
        .find(|(manifest, _)| manifest.path.is_empty())
    else {
        for setting in overrides(&view.project.lockfile.settings) {
            if let Some(message) = told(setting) {
                found.lockfile(RULE.severity, setting.value.at, message);
            }
        }
        return;
    };
    for setting in overrides(&manifest.settings) {
        if let Some(message) = told(setting) {
            found.file(
                RULE.severity,
                "package.json",
                text,
                setting.value.at,
                message,
            );
        }
    }
    let known: HashSet<&str> = overrides(&manifest.settings)
        .map(|known| &*known.key)
        .collect();
    // pnpm also reads them from a file of its own; the lockfile has them all.
    for setting in overrides(&view.project.lockfile.settings) {
        let is_known = known.contains(&*setting.key);
        if let Some(message) = told(setting).filter(|_| !is_known) {
            found.lockfile(RULE.severity, setting.value.at, message);
        }
    }
}

fn overrides(settings: &[Setting]) -> impl Iterator<Item = &Setting> {
    settings
        .iter()
        .filter(|setting| matches!(setting.group, "overrides" | "resolutions"))
}

fn told(setting: &Setting) -> Option<String> {
    let value = &*setting.value.text;
    let name = bare(&setting.key);
    let what = match Source::of_spec(value) {
        Source::Git => "a repository",
        Source::Url => "an address",
        // A file of the project is reviewed with it.
        Source::File | Source::Folder | Source::Workspace => return None,
        Source::Registry => {
            let other = value
                .strip_prefix("npm:")
                .map(bare)
                .filter(|other| *other != name)?;
            let (name, other) = (super::shown(name), super::shown(other));
            return Some(format!(
                "wherever {name} is needed, {other} is installed instead"
            ));
        }
    };
    let name = super::shown(name);
    Some(format!(
        "wherever {name} is needed, {what} is installed instead"
    ))
}

/// `b` of `a>b@1`, `**/b`, `b@^2`.
fn bare(key: &str) -> &str {
    let last = key.rsplit('>').next().unwrap_or(key).trim();
    let scope = usize::from(last.starts_with('@'));
    let last = last[scope..]
        .find('@')
        .map_or(last, |at| &last[..scope + at]);
    let mut parts = last.rsplit('/');
    let name = parts.next().unwrap_or(last);
    match parts.next() {
        Some(scope) if scope.starts_with('@') => &last[last.len() - name.len() - scope.len() - 1..],
        _ => name,
    }
}

/// The packages that an override or resolution is about.
pub(super) fn overridden(project: &Project) -> HashSet<&str> {
    let of_manifests = project
        .manifests
        .iter()
        .flat_map(|(manifest, _)| &manifest.settings);
    let all = of_manifests.chain(&project.lockfile.settings);
    let all = all.filter(|setting| matches!(setting.group, "overrides" | "resolutions"));
    all.flat_map(|setting| setting.key.split('>').map(bare))
        .collect()
}
