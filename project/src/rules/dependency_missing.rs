//! Packages that need what the lockfile does not have.

use std::collections::HashSet;

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
    let is_pnpm = lockfile.format == Format::Pnpm;
    let without_roots = lockfile.importers.is_empty();
    for (index, entry) in lockfile.entries.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let is_looked_at = match entry.source {
            Source::Workspace => true,
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
        let declared = match entry.source {
            Source::Workspace => declared(view, &entry.key),
            _ => HashSet::new(),
        };
        for dependency in &entry.dependencies {
            let is_needed = matches!(dependency.kind, Kind::Production | Kind::Development);
            if dependency.to.is_some() || !is_needed {
                continue;
            }
            // pnpm writes what it took for a catalog's or an override's name.
            let is_of_catalog = is_pnpm && dependency.spec.starts_with("catalog:");
            let is_told = declared.contains(&*dependency.name);
            let is_overridden = !is_pnpm && view.overridden.contains(&*dependency.name);
            if !is_of_catalog && (is_told || is_overridden || !is_fetched(&dependency.spec)) {
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

/// What a manifest asks for: `manifest-drift` tells what is not locked of it.
fn declared<'a>(view: &View<'a>, folder: &str) -> HashSet<&'a str> {
    let mut manifests = view.project.manifests.iter();
    let found = manifests.find(|(manifest, _)| manifest.path == folder);
    let asked = found.into_iter().flat_map(|(manifest, _)| manifest.asked());
    // pnpm locks peers of the project as if it asked for them.
    let told = asked.filter(|declared| declared.kind != Kind::Peer);
    told.map(|declared| &*declared.name.text).collect()
}
