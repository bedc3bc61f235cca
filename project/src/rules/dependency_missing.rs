//! Packages that need what the lockfile does not have.

use lazaret_npm::lockfile::{Format, Kind, Source};
use lazaret_policy::Severity;

use super::manifest_drift::is_fetched;
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "dependency-missing",
    title: "Needed, but not locked",
    severity: Severity::High,
    page: include_str!("dependency_missing.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let (project, lockfile) = (view.project, &view.project.lockfile);
    // Version 1 of npm's does not tell which are optional.
    if lockfile.format == Format::PackageLock && &*lockfile.version.text == "1" {
        return;
    }
    let without_roots = lockfile.importers.is_empty();
    for (index, entry) in lockfile.entries.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let is_looked_at = match entry.source {
            // Of what has a manifest, `manifest-drift` tells.
            Source::Workspace => !has_manifest(view, &entry.key),
            // npm looks beside a folder that is linked, wherever it lies.
            Source::Folder => lockfile.format != Format::PackageLock,
            _ => without_roots || project.reach.of(index).is_reached,
        };
        // npm forgets what optional packages of other platforms need (its issue 4828).
        let is_forgotten = entry.optional && lockfile.format == Format::PackageLock;
        // What comes with a package, or is pinned by its author, is not npm's choice.
        if !is_looked_at || is_forgotten || entry.bundled || entry.has_shrinkwrap {
            continue;
        }
        for dependency in &entry.dependencies {
            let is_needed = matches!(dependency.kind, Kind::Production | Kind::Development);
            if dependency.to.is_some()
                || !is_needed
                || !is_fetched(&dependency.spec)
                || view.overridden.contains(&*dependency.name)
            {
                continue;
            }
            let (name, spec) = (
                super::shown(&dependency.name),
                super::shown(&dependency.spec),
            );
            let needs = format!(
                "needs {name} ({spec}), and nothing in {} is locked for it",
                project.file
            );
            match entry.source {
                Source::Workspace => {
                    let message = format!("the project {needs}");
                    found.lockfile(RULE.severity, dependency.at, message);
                }
                _ => found.entry(index, dependency.at, format!("{} {needs}", entry.id())),
            }
        }
    }
}

fn has_manifest(view: &View<'_>, folder: &str) -> bool {
    let mut manifests = view.project.manifests.iter();
    manifests.any(|(manifest, _)| manifest.path == folder)
}
