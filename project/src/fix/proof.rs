//! The proof of an edit: the new text is read like any other lockfile, and everything in it must lead to an entry that answers.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::Version;
use lazaret_npm::lockfile::{Format, Lockfile, Source};

use super::{Plan, ranges};
use crate::files::Files;
use crate::project::Project;

/// Reads the project with its new files, and looks whether they are what was planned.
///
/// # Errors
/// What is wrong with them: then they must not be written.
pub fn proven(
    files: &Files,
    project: &Project,
    plan: &Plan,
    new: &BTreeMap<String, String>,
) -> Result<Project, String> {
    let mut files = files.clone();
    for (path, text) in new {
        files
            .contents
            .insert(path.clone(), text.as_bytes().to_vec());
    }
    let after = Project::read(&files, &project.path())
        .map_err(|unreadable| format!("{}: {}", unreadable.path, unreadable.error))?;
    let before = &project.lockfile;
    let loose_before = unanswered(before);
    let loose: Vec<String> = unanswered(&after.lockfile)
        .difference(&loose_before)
        .filter(|(_, name, _)| !plan.overrides.iter().any(|one| one.name == *name))
        .map(|(of, name, spec)| format!("{of} would find no {name} {spec}"))
        .collect();
    if let Some(first) = loose.first() {
        return Err(first.clone());
    }
    let planned = expected(plan);
    let there = ids(&after.lockfile);
    if planned != there {
        let missing = planned.difference(&there).next();
        let surplus = there.difference(&planned).next();
        return Err(match (missing, surplus) {
            (Some(missing), _) => format!("{missing} was planned and is not in the new lockfile"),
            (None, Some(surplus)) => {
                format!("{surplus} is in the new lockfile and was not planned")
            }
            (None, None) => "the new lockfile is not what was planned".to_owned(),
        });
    }
    let lost = before
        .settings
        .iter()
        .filter(|setting| setting.group != "overrides");
    for setting in lost {
        let kept = after.lockfile.settings.iter();
        let mut kept =
            kept.filter(|other| other.group == setting.group && other.key == setting.key);
        if kept.next().is_none() {
            return Err(format!("{} would be lost", setting.key));
        }
    }
    Ok(after)
}

/// What is asked for and not answered: by whom, the name, what was asked.
fn unanswered(lockfile: &Lockfile) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for entry in &lockfile.entries {
        for dependency in &entry.dependencies {
            let to = dependency.to.map(|to| &lockfile.entries[to as usize]);
            let answers = to.is_some_and(|to| {
                let is_judged = to.source == Source::Registry && lockfile.format != Format::Pnpm;
                let version = to.version.as_ref();
                let version = version.and_then(|version| Version::parse_loose(&version.text).ok());
                !is_judged
                    || version.is_none_or(|version| {
                        ranges::admits(&dependency.spec, &version) != Some(false)
                    })
            });
            if !answers {
                let of = match entry.source {
                    Source::Workspace => entry.key.to_string(),
                    _ => entry.name.to_string(),
                };
                found.insert((of, dependency.name.to_string(), dependency.spec.to_string()));
            }
        }
    }
    found
}

/// `name@version`, with how often it is there.
fn counted(ids: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_default() += 1;
    }
    let counts = counts.into_iter();
    counts
        .map(|(id, count)| match count {
            1 => id,
            count => format!("{id} ({count} times)"),
        })
        .collect()
}

fn ids(lockfile: &Lockfile) -> BTreeSet<String> {
    let entries = lockfile.entries.iter();
    let served = entries.filter(|entry| entry.source == Source::Registry);
    counted(served.map(lazaret_npm::Locked::id))
}

fn expected(plan: &Plan) -> BTreeSet<String> {
    let nodes = plan.tree.nodes.iter();
    let served = nodes.filter(|node| !node.is_gone && node.source == Source::Registry);
    counted(served.map(|node| match node.version.is_empty() {
        true => node.key.clone(),
        false => node.id(),
    }))
}
