//! What differs between two versions, before anybody judges it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Place;
use crate::inspect::{Asked, Inspected};
use crate::manifest::{Dependency, Group};
use lazaret_npm::Version;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// By which part of the version; unknown if a version is none.
    pub release: Release,
    pub paths: Files,
    /// Sorted by name.
    pub scripts: Vec<ScriptChange>,
    /// Sorted by group and name.
    pub dependencies: Vec<DependencyChange>,
    /// Public hosts that the code asks now and did not before.
    pub hosts: BTreeMap<String, Asked>,
}

/// Which part of the version was raised first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    Major,
    Minor,
    Patch,
    /// Only what stands behind the hyphen differs, or the new version is one.
    Prerelease,
    /// The new version is not above the old one.
    Back,
    #[default]
    Unknown,
}

/// Paths, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// One line of a dependency table that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChange {
    pub group: Group,
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub kind: Kind,
    /// Of `package.json` of the version after, from 1; 0 if it is not there any more.
    pub line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The version before did not bring it.
    Added,
    /// The version after does not bring it.
    Removed,
    /// Another range, or another table.
    Changed,
}

pub(super) fn between(before: &Inspected, after: &Inspected) -> Delta {
    Delta {
        release: release(&before.report.version, &after.report.version),
        paths: paths(before, after),
        scripts: scripts(&before.report.scripts, &after.report.scripts),
        dependencies: dependencies(&before.report.dependencies, &after.report.dependencies),
        hosts: after
            .hosts
            .iter()
            .filter(|(host, _)| !before.hosts.contains_key(*host))
            .map(|(host, asked)| (host.clone(), asked.clone()))
            .collect(),
    }
}

fn release(before: &str, after: &str) -> Release {
    let (Ok(before), Ok(after)) = (Version::parse_loose(before), Version::parse_loose(after))
    else {
        return Release::Unknown;
    };
    if after <= before {
        return Release::Back;
    }
    if after.is_prerelease() {
        Release::Prerelease
    } else if after.major != before.major {
        Release::Major
    } else if after.minor != before.minor {
        Release::Minor
    } else if after.patch != before.patch {
        Release::Patch
    } else {
        Release::Prerelease
    }
}

fn paths(before: &Inspected, after: &Inspected) -> Files {
    // A path may be there twice in an archive that is not canonical.
    let of = |inspected: &Inspected| {
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in &inspected.files {
            let sums = files.entry(file.path.clone()).or_default();
            sums.push(file.sha256.clone());
        }
        files
    };
    let (before, after) = (of(before), of(after));
    let only = |these: &BTreeMap<String, Vec<String>>, those: &BTreeMap<String, Vec<String>>| {
        these
            .keys()
            .filter(|path| !those.contains_key(*path))
            .cloned()
            .collect()
    };
    Files {
        added: only(&after, &before),
        removed: only(&before, &after),
        changed: after
            .iter()
            .filter(|(path, sums)| before.get(*path).is_some_and(|old| old != *sums))
            .map(|(path, _)| path.clone())
            .collect(),
    }
}

fn scripts(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<ScriptChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| ScriptChange {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

/// By name, not by table: a dependency that becomes an optional one is not new. Those for development are a world of
/// their own.
fn dependencies(before: &[Dependency], after: &[Dependency]) -> Vec<DependencyChange> {
    let of = |dependencies: &[Dependency]| {
        let mut table: BTreeMap<(bool, String), Dependency> = BTreeMap::new();
        for dependency in dependencies {
            let development = dependency.group == Group::Development;
            // npm takes the optional one of two; of the others the first table counts.
            let key = (development, dependency.name.clone());
            if dependency.group == Group::Optional || !table.contains_key(&key) {
                table.insert(key, dependency.clone());
            }
        }
        table
    };
    let (before, after) = (of(before), of(after));
    let keys: BTreeSet<&(bool, String)> = before.keys().chain(after.keys()).collect();
    let mut changes: Vec<DependencyChange> = keys
        .into_iter()
        .filter_map(|key| {
            let (old, new) = (before.get(key), after.get(key));
            let kind = match (old, new) {
                (Some(old), Some(new)) if (old.group, &old.wanted) == (new.group, &new.wanted) => {
                    return None;
                }
                (Some(_), Some(_)) => Kind::Changed,
                (None, _) => Kind::Added,
                (_, None) => Kind::Removed,
            };
            Some(DependencyChange {
                group: new.or(old)?.group,
                name: key.1.clone(),
                before: old.map(|dependency| dependency.wanted.clone()),
                after: new.map(|dependency| dependency.wanted.clone()),
                kind,
                line: new.map_or(0, |dependency| dependency.line),
            })
        })
        .collect();
    changes.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
    changes
}

impl DependencyChange {
    /// Where the version after has it.
    pub fn place(&self) -> Place {
        Place {
            file: "package.json".to_owned(),
            line: self.line,
            column: 0,
        }
    }
}

impl Delta {
    /// Dependencies that installing the version after brings and installing the one before did not.
    pub fn brought(&self) -> impl Iterator<Item = &DependencyChange> {
        self.dependencies.iter().filter(|dependency| {
            dependency.kind == Kind::Added && dependency.group != Group::Development
        })
    }

    /// Nothing but `package.json` (and documentation) differs.
    pub fn is_manifest_only(&self) -> bool {
        let Files {
            added,
            removed,
            changed,
        } = &self.paths;
        added
            .iter()
            .chain(removed)
            .chain(changed)
            .all(|path| path == "package.json" || is_documentation(path))
    }
}

fn is_documentation(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with(".md")
        || name.ends_with(".txt")
        || name.starts_with("license")
        || name.starts_with("licence")
}
