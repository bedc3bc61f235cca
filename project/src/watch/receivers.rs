//! Who would get a new version: dependents in a lockfile whose range accepts it. Overrides are not looked at.

use std::collections::BTreeMap;

use lazaret_npm::Version;
use lazaret_npm::lockfile::{Format, Locked, Source};

use super::event::{Receiver, kind};
use crate::fix::ranges::admits;
use crate::project::Project;

/// What was found in one lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receivers {
    /// Those that the project asks for itself first, then by name.
    pub all: Vec<Receiver>,
    /// Dependents whose range could not be told.
    pub unknown: usize,
}

/// Versions of registry packages that these projects have, by name.
pub fn in_use(projects: &[Project]) -> BTreeMap<String, Vec<String>> {
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in projects.iter().flat_map(|one| one.lockfile.packages()) {
        let (Source::Registry, Some(version), false) =
            (entry.source, &entry.version, entry.is_tool)
        else {
            continue;
        };
        if entry.package_name().is_some() {
            let versions = used.entry(entry.name.to_string()).or_default();
            versions.push(version.text.to_string());
        }
    }
    for versions in used.values_mut() {
        versions.sort();
        versions.dedup();
    }
    used
}

/// Dependents of a package whose range accepts a version. `range_of` gives what a dependent asks for by its name and version,
/// where the lockfile has only the answer (pnpm's).
pub fn receivers(
    project: &Project,
    name: &str,
    version: &Version,
    range_of: &dyn Fn(&Locked, &str) -> Option<String>,
) -> Receivers {
    let mut found = Receivers::default();
    let lockfile = &project.lockfile;
    for entry in &lockfile.entries {
        for dependency in &entry.dependencies {
            let target = dependency.to.map(|to| &lockfile.entries[to as usize]);
            let Some(target) =
                target.filter(|to| *to.name == *name && to.source == Source::Registry)
            else {
                continue;
            };
            let is_own = entry.source == Source::Workspace;
            let has_only_answer = lockfile.format == Format::Pnpm && !is_own;
            let range = match has_only_answer {
                true => range_of(entry, &dependency.name),
                false => Some(dependency.spec.to_string()),
            };
            let accepts = range.as_deref().and_then(|range| admits(range, version));
            match (accepts, range) {
                (Some(true), Some(range)) => found.all.push(Receiver {
                    lockfile: project.path(),
                    dependent: dependent(project, entry),
                    direct: is_own,
                    range,
                    kind: kind(dependency.kind).to_owned(),
                    locked: version_of(target),
                }),
                (Some(_), _) => {}
                (None, _) => found.unknown += 1,
            }
        }
    }
    found.all.sort_by(|one, other| {
        let key = |of: &Receiver| (!of.direct, of.dependent.clone(), of.range.clone());
        key(one).cmp(&key(other))
    });
    found.all.dedup();
    found
}

fn version_of(entry: &Locked) -> String {
    let version = entry
        .version
        .as_ref()
        .map(|version| version.text.to_string());
    version.unwrap_or_default()
}

fn dependent(project: &Project, entry: &Locked) -> String {
    if entry.source != Source::Workspace {
        return entry.id();
    }
    if !entry.name.is_empty() {
        return entry.name.to_string();
    }
    match (entry.key.is_empty(), project.name()) {
        (true, Some(name)) => name.to_owned(),
        (true, None) => "the project".to_owned(),
        (false, _) => entry.key.to_string(),
    }
}
