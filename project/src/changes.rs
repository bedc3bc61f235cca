//! What a change of a lockfile adds, removes and moves, by package and not by line: order and hashes of paths do not matter.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::Version;
use lazaret_npm::lockfile::Locked;

use crate::project::Project;

/// One package that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub name: String,
    /// The version that went; of a package from elsewhere than a registry, where it came from.
    pub before: Option<String>,
    /// The version that came.
    pub after: Option<String>,
    /// The entry that came, in the new lockfile.
    pub entry: Option<u32>,
    /// It is only needed for development.
    pub is_dev: bool,
    /// The project asks for it itself.
    pub is_direct: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Added,
    Upgraded,
    Downgraded,
    /// The same version from elsewhere, or a version that cannot be compared.
    Changed,
    Removed,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Upgraded => "upgraded",
            Self::Downgraded => "downgraded",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// By name: each version, or where it comes from, with the first entry that has it.
type Versions<'p> = BTreeMap<&'p str, BTreeMap<String, u32>>;

/// What is different, ordered by name and version; without a base everything is added.
pub fn changes(base: Option<&Project>, now: &Project) -> Vec<Change> {
    let (before, after) = (base.map(versions).unwrap_or_default(), versions(now));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let none = BTreeMap::new();
    let mut all = Vec::new();
    for name in names {
        let (old, new) = (
            before.get(name).unwrap_or(&none),
            after.get(name).unwrap_or(&none),
        );
        let gone = sorted(old.keys().filter(|version| !new.contains_key(*version)));
        let came = sorted(new.keys().filter(|version| !old.contains_key(*version)));
        // The lowest that came replaces the lowest that went, and so on.
        for index in 0..gone.len().max(came.len()) {
            let (before, after) = (gone.get(index), came.get(index));
            let entry = after.and_then(|version| new.get(*version)).copied();
            let locked = entry.map(|entry| &now.lockfile.entries[entry as usize]);
            all.push(Change {
                kind: kind(
                    before.map(|text| text.as_str()),
                    after.map(|text| text.as_str()),
                ),
                name: name.to_owned(),
                before: before.map(|text| (*text).clone()),
                after: after.map(|text| (*text).clone()),
                entry,
                is_dev: locked.is_some_and(|locked| locked.dev),
                is_direct: entry.is_some_and(|entry| now.reach.of(entry).is_direct),
            });
        }
    }
    all
}

fn versions(project: &Project) -> Versions<'_> {
    let mut versions = Versions::new();
    for (index, entry) in project.lockfile.entries.iter().enumerate() {
        let is_package = entry.source != lazaret_npm::lockfile::Source::Workspace;
        if is_package && !entry.name.is_empty() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            versions
                .entry(&entry.name)
                .or_default()
                .entry(identity(entry))
                .or_insert(index);
        }
    }
    versions
}

/// The version of a registry's package; where others come from.
fn identity(entry: &Locked) -> String {
    let version = entry.version.as_ref().map(|text| text.text.to_string());
    match (entry.source, &entry.resolved) {
        (lazaret_npm::lockfile::Source::Registry, _) | (_, None) => version.unwrap_or_default(),
        (_, Some(resolved)) => resolved.text.to_string(),
    }
}

fn sorted<'v>(versions: impl Iterator<Item = &'v String>) -> Vec<&'v String> {
    let mut versions: Vec<&String> = versions.collect();
    versions.sort_by_cached_key(|version| (Version::parse_loose(version).ok(), (*version).clone()));
    versions
}

fn kind(before: Option<&str>, after: Option<&str>) -> Kind {
    match (before, after) {
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
        (Some(before), Some(after)) => {
            match (Version::parse_loose(before), Version::parse_loose(after)) {
                (Ok(before), Ok(after)) if after > before => Kind::Upgraded,
                (Ok(before), Ok(after)) if after < before => Kind::Downgraded,
                _ => Kind::Changed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Files;

    fn project(packages: &str) -> Project {
        let text = format!(
            r#"{{"lockfileVersion": 3, "packages": {{"": {{"dependencies": {{"a": "1"}}}}, {packages}}}}}"#
        );
        let mut files = Files::default();
        files.insert("package-lock.json".to_owned(), text.into_bytes());
        Project::read(&files, "package-lock.json").unwrap()
    }

    #[test]
    fn packages_are_compared_by_name_and_version() {
        let base = project(
            r#""node_modules/a": {"version": "1.0.0"}, "node_modules/b": {"version": "2.0.0"}, "node_modules/b/node_modules/c": {"version": "1.0.0"}, "node_modules/d": {"version": "1.0.0"}"#,
        );
        let now = project(
            r#""node_modules/a": {"version": "1.1.0"}, "node_modules/b": {"version": "1.9.0"}, "node_modules/c": {"version": "1.0.0"}, "node_modules/e": {"version": "1.0.0", "dev": true}, "node_modules/a/node_modules/e": {"version": "2.0.0"}"#,
        );
        let told: Vec<String> = changes(Some(&base), &now)
            .iter()
            .map(|change| {
                let version = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
                let (before, after) = (version(&change.before), version(&change.after));
                format!(
                    "{} {} {before} {after} {} {}",
                    change.kind.as_str(),
                    change.name,
                    change.is_dev,
                    change.is_direct
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "upgraded a 1.0.0 1.1.0 false true",
                "downgraded b 2.0.0 1.9.0 false false",
                "removed d 1.0.0 - false false",
                "added e - 1.0.0 true false",
                "added e - 2.0.0 false false",
            ]
        );
    }
}
