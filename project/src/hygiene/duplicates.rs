//! Packages that are in the tree in more than one version that no range spans.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::Version;
use lazaret_npm::lockfile::Source;
use serde::Serialize;

use crate::project::Project;

/// Packages that are named as needing one.
const MOST_NEEDING: usize = 5;

/// One name with its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    pub name: String,
    /// The lowest first.
    pub majors: Vec<Major>,
}

/// Versions that `^` takes for each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Major {
    /// `2`, or `0.3`: below 1.0.0 the second number decides.
    pub major: String,
    pub versions: Vec<String>,
    /// `name@version` of what asks for it; at most five.
    pub needed_by: Vec<String>,
}

pub(super) fn of(project: &Project) -> Vec<Duplicate> {
    let entries = &project.lockfile.entries;
    type Majors = BTreeMap<(u64, u64), (BTreeSet<Version>, BTreeSet<u32>)>;
    let mut by_name: BTreeMap<&str, Majors> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let version = entry
            .version
            .as_ref()
            .map(|text| Version::parse(text.as_str()));
        let (Some(Ok(version)), Source::Registry, false) = (version, entry.source, entry.is_tool)
        else {
            continue;
        };
        let major = match version.major {
            0 => (0, version.minor),
            major => (major, 0),
        };
        let known = by_name
            .entry(&entry.name)
            .or_default()
            .entry(major)
            .or_default();
        known.0.insert(version);
        known.1.insert(u32::try_from(index).unwrap_or(u32::MAX));
    }
    by_name.retain(|_, majors| majors.len() > 1);
    let mut needed: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    let wanted: BTreeSet<u32> = by_name
        .values()
        .flat_map(|majors| majors.values())
        .flat_map(|(_, indices)| indices.iter().copied())
        .collect();
    for entry in entries {
        for to in entry.dependencies.iter().filter_map(|asked| asked.to) {
            if wanted.contains(&to) {
                let names = needed.entry(to).or_default();
                if names.len() < MOST_NEEDING {
                    names.insert(entry.id());
                }
            }
        }
    }
    let told = by_name.into_iter().map(|(name, majors)| Duplicate {
        name: name.to_owned(),
        majors: majors
            .into_iter()
            .map(|((major, minor), (versions, indices))| {
                let ids = indices.iter().filter_map(|index| needed.get(index));
                let ids: BTreeSet<&String> = ids.flatten().collect();
                Major {
                    major: match major {
                        0 => format!("0.{minor}"),
                        major => major.to_string(),
                    },
                    versions: versions.iter().map(ToString::to_string).collect(),
                    needed_by: ids.into_iter().take(MOST_NEEDING).cloned().collect(),
                }
            })
            .collect(),
    });
    told.collect()
}
