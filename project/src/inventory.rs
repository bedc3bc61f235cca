//! What a project installs, as a mirror is told it.

use std::path::Path;

use lazaret_npm::lockfile::{Locked, Source};
use serde::Serialize;

use crate::git;
use crate::project::Project;

/// Steps of a way that are told, counted from its end: lockfiles can have chains of any length.
const MOST_STEPS: usize = 30;

/// A report, as `POST /-/lazaret/api/v1/inventories` takes it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    schema: u32,
    pub project: String,
    pub lockfile: String,
    pub revision: Option<String>,
    packages: Vec<Package>,
}

#[derive(Clone, Debug, Serialize)]
struct Package {
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<String>,
    source: &'static str,
    scope: &'static str,
    way: Vec<String>,
}

impl Report {
    /// Every package of a lockfile, with the shortest way to it. `lockfile` is its path from the root of the repository on.
    pub fn of(project: &Project, name: String, lockfile: String, revision: Option<String>) -> Self {
        let entries = project.lockfile.entries.iter().enumerate();
        let mut packages: Vec<Package> = entries
            .filter(|(_, entry)| entry.source != Source::Workspace && !entry.is_tool)
            .map(|(index, entry)| package(project, index, entry))
            .collect();
        packages.sort_by(|one, other| key(one).cmp(&key(other)));
        // Of equal ones the one that is needed most, by the shortest way, comes first.
        packages.dedup_by(|again, kept| {
            (&again.name, &again.version, &again.integrity, again.source)
                == (&kept.name, &kept.version, &kept.integrity, kept.source)
        });
        Self {
            schema: 1,
            project: name,
            lockfile,
            revision,
            packages,
        }
    }

    pub fn packages(&self) -> usize {
        self.packages.len()
    }
}

fn package(project: &Project, index: usize, entry: &Locked) -> Package {
    let version = entry
        .version
        .as_ref()
        .map_or("", |version| version.as_str());
    let integrity = entry.integrity.as_ref().map(|text| text.text.to_string());
    Package {
        // What has no name has at least a key.
        name: match entry.name.is_empty() {
            true => entry.key.to_string(),
            false => entry.name.to_string(),
        },
        version: version.to_owned(),
        integrity,
        source: entry.source.as_str(),
        scope: match (entry.dev, entry.optional) {
            (true, _) => "development",
            (false, true) => "optional",
            (false, false) => "required",
        },
        way: way(project, u32::try_from(index).unwrap_or(u32::MAX)),
    }
}

/// The commit that a folder has checked out, if git knows it.
pub fn revision(folder: &Path) -> Option<String> {
    git::head(folder)
}

type Key<'a> = (
    &'a str,
    &'a str,
    Option<&'a str>,
    &'a str,
    u8,
    usize,
    &'a [String],
);

fn key(package: &Package) -> Key<'_> {
    let need = match package.scope {
        "required" => 0,
        "optional" => 1,
        _ => 2,
    };
    (
        &package.name,
        &package.version,
        package.integrity.as_deref(),
        package.source,
        need,
        package.way.len(),
        &package.way,
    )
}

/// The last steps of the shortest way.
fn way(project: &Project, entry: u32) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = Some(entry);
    while let Some(index) = at.filter(|_| steps.len() < MOST_STEPS) {
        let step = &project.lockfile.entries[index as usize];
        let is_root = step.source == Source::Workspace && step.key.is_empty();
        if !is_root {
            steps.push(step.id());
        }
        at = project.reach.of(index).parent;
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Files;

    const TEXT: &str = r#"{"name": "ship", "lockfileVersion": 3, "packages": {
      "": {"name": "ship", "dependencies": {"a": "1"}, "devDependencies": {"b": "1"}},
      "node_modules/a": {"version": "1.0.0", "integrity": "sha1-x", "dependencies": {"b": "1", "g": "github:o/g"}},
      "node_modules/a/node_modules/b": {"version": "1.0.0"},
      "node_modules/b": {"version": "1.0.0", "dev": true},
      "node_modules/g": {"version": "0.0.1", "resolved": "git+ssh://git@code.invalid/g.git#0123456789012345678901234567890123456789"}}}"#;

    #[test]
    fn each_package_is_told_once_as_it_is_needed_most() {
        let mut files = Files::default();
        files.insert("package-lock.json".to_owned(), TEXT.as_bytes().to_vec());
        let project = Project::read(&files, "package-lock.json").unwrap();
        let report = Report::of(&project, "ship".into(), "package-lock.json".into(), None);
        let report = serde_json::to_value(&report).unwrap();
        let expected = serde_json::json!([
            { "name": "a", "version": "1.0.0", "integrity": "sha1-x", "source": "registry", "scope": "required",
              "way": ["a@1.0.0"] },
            { "name": "b", "version": "1.0.0", "source": "registry", "scope": "required", "way": ["a@1.0.0", "b@1.0.0"] },
            { "name": "g", "version": "0.0.1", "source": "git", "scope": "required", "way": ["a@1.0.0", "g@0.0.1"] },
        ]);
        assert_eq!(report["packages"], expected);
    }
}
