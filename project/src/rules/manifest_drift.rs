//! What `package.json` asks for and what is locked.

use std::collections::{HashMap, HashSet};

use lazaret_npm::lockfile::{Dependency, Format, Kind, Locked, Manifest, Source};
use lazaret_npm::{Range, Version};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::glob;
use crate::project::Project;

pub(super) const RULE: Rule = Rule {
    id: "manifest-drift",
    title: "package.json and the lockfile disagree",
    severity: Severity::High,
    page: include_str!("manifest_drift.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let project = view.project;
    let lockfile = &project.lockfile;
    let mut parts = None;
    for (manifest, text) in &project.manifests {
        let importer = lockfile
            .importers
            .iter()
            .map(|index| &lockfile.entries[*index as usize]);
        let importer = importer
            .filter(|entry| !entry.is_tool)
            .find(|entry| folder_of(entry) == manifest.path);
        let file = match manifest.path.as_str() {
            "" => "package.json".to_owned(),
            path => format!("{path}/package.json"),
        };
        let Some(importer) = importer else {
            let parts = parts.get_or_insert_with(|| Parts::of(project));
            if parts.holds(manifest) {
                unknown(found, view, manifest, &file, text);
            }
            continue;
        };
        let locked: HashMap<&str, &Dependency> = importer
            .dependencies
            .iter()
            .map(|dependency| (&*dependency.name, dependency))
            .collect();
        for declared in manifest.asked() {
            if declared.kind == Kind::Peer || view.overridden.contains(&*declared.name.text) {
                continue;
            }
            let (name, spec) = (
                super::shown(&declared.name.text),
                super::shown(&declared.spec.text),
            );
            let Some(dependency) = locked.get(&*declared.name.text) else {
                let message = format!(
                    "{name} is asked for here, but {} does not know it",
                    project.file
                );
                found.file(RULE.severity, &file, text, declared.name.at, message);
                continue;
            };
            if !same_spec(lockfile.format, &dependency.spec, &declared.spec.text) {
                let other = super::shown(&dependency.spec);
                let message = format!(
                    "{name} is asked for as \"{spec}\" here, but {} was written for \"{other}\"",
                    project.file
                );
                found.file(RULE.severity, &file, text, declared.spec.at, message);
                continue;
            }
            match dependency.to {
                None if declared.kind != Kind::Optional && is_fetched(&declared.spec.text) => {
                    let message = format!(
                        "{name} is asked for here, but nothing in {} is locked for it",
                        project.file
                    );
                    found.file(RULE.severity, &file, text, declared.name.at, message);
                }
                Some(to) => outside(found, view, to, &declared.spec.text),
                None => {}
            }
        }
        extra(found, view, importer, manifest);
    }
}

/// What else a manifest may be, if it is none of an importer.
struct Parts<'a> {
    project: &'a Project,
    patterns: Vec<String>,
    /// What another part asks for with `file:` is a folder like any other.
    folders: HashSet<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(project: &'a Project) -> Self {
        let entries = project.lockfile.entries.iter();
        let folders = entries.filter(|entry| entry.source == Source::Folder);
        Self {
            project,
            patterns: project.workspace_patterns(),
            folders: folders.map(folder_of).collect(),
        }
    }

    /// Whether the lockfile should have it.
    fn holds(&self, manifest: &Manifest) -> bool {
        let folder = manifest.path.as_str();
        // pnpm may keep a lockfile for each part.
        let is_apart =
            self.project.lockfile.format == Format::Pnpm && self.project.nested.contains(folder);
        let is_part =
            folder.is_empty() || glob::matches(self.patterns.iter().map(String::as_str), folder);
        is_part && !is_apart && !self.folders.contains(folder)
    }
}

/// A manifest of the project that the lockfile does not have at all.
fn unknown(
    found: &mut Found<'_, '_>,
    view: &View<'_>,
    manifest: &Manifest,
    file: &str,
    text: &str,
) {
    let mut asked = manifest
        .asked()
        .filter(|declared| declared.kind != Kind::Peer);
    let Some(first) = asked.next() else {
        return;
    };
    let mut names = super::shown(&first.name.text);
    for declared in asked.by_ref().take(2) {
        names += ", ";
        names += &super::shown(&declared.name.text);
    }
    let more = match asked.count() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let message = format!(
        "{} has nothing about {}, which asks for {names}{more}",
        view.project.file,
        super::shown(file)
    );
    found.file(RULE.severity, file, text, first.name.at, message);
}

fn folder_of(entry: &Locked) -> &str {
    match &entry.resolved {
        Some(resolved) => resolved.text.trim_start_matches("file:"),
        None => &entry.key,
    }
}

/// Only of what is fetched can it be told whether it is locked.
pub(super) fn is_fetched(spec: &str) -> bool {
    let is_other = ["catalog:", "patch:", "exec:"]
        .iter()
        .any(|protocol| spec.starts_with(protocol));
    !is_other
        && !matches!(
            Source::of_spec(spec),
            Source::Workspace | Source::Folder | Source::File
        )
}

/// yarn adds `npm:` to what it is asked; the others keep it.
fn same_spec(format: Format, locked: &str, declared: &str) -> bool {
    let bare = |spec: &str| spec.trim().trim_start_matches("npm:").to_owned();
    match format {
        Format::YarnBerry => bare(locked) == bare(declared) || declared.starts_with("patch:"),
        // A link to a workspace stands there as where it leads.
        Format::Pnpm => {
            locked == declared || locked.starts_with("link:") || declared.starts_with("catalog:")
        }
        _ => locked == declared,
    }
}

/// A version that what was asked for does not allow.
fn outside(found: &mut Found<'_, '_>, view: &View<'_>, to: u32, spec: &str) {
    let entry = &view.project.lockfile.entries[to as usize];
    let spec = match spec.strip_prefix("npm:") {
        Some(alias) => alias.rsplit_once('@').map_or("", |(_, range)| range),
        None => spec,
    };
    let (Source::Registry, Some(version)) = (entry.source, &entry.version) else {
        return;
    };
    let (Ok(range), Ok(parsed)) = (
        Range::parse_loose(spec),
        Version::parse_loose(&version.text),
    ) else {
        return;
    };
    if !spec.is_empty() && !range.satisfies_including_prereleases(&parsed) {
        let (name, spec) = (entry.id(), super::shown(spec));
        found.entry(
            to,
            version.at,
            format!("{name} is locked, but package.json asks for \"{spec}\""),
        );
    }
}

/// What only the lockfile says that the project asks for.
fn extra(found: &mut Found<'_, '_>, view: &View<'_>, importer: &Locked, manifest: &Manifest) {
    let declared: HashMap<&str, Kind> = manifest
        .declared
        .iter()
        .map(|declared| (&*declared.name.text, declared.kind))
        .collect();
    for dependency in &importer.dependencies {
        // pnpm adds peers that it installs by itself; they are declared as peers.
        if !declared.contains_key(&*dependency.name) && dependency.kind != Kind::Peer {
            let (name, file) = (super::shown(&dependency.name), &view.project.file);
            let message = format!(
                "{file} says that the project asks for {name}, but its package.json does not"
            );
            found.lockfile(Severity::Moderate, dependency.at, message);
        }
    }
}
