//! What `package.json` asks for and what is locked.

use std::collections::HashMap;

use lazaret_npm::lockfile::{Dependency, Format, Kind, Locked, Manifest, Source};
use lazaret_npm::{Range, Version};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

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
    for (manifest, text) in &project.manifests {
        let importer = lockfile
            .importers
            .iter()
            .map(|index| &lockfile.entries[*index as usize]);
        let importer = importer
            .filter(|entry| !entry.is_tool)
            .find(|entry| is_of(entry, manifest));
        let Some(importer) = importer else {
            continue;
        };
        let file = match manifest.path.as_str() {
            "" => "package.json".to_owned(),
            path => format!("{path}/package.json"),
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

fn is_of(entry: &Locked, manifest: &Manifest) -> bool {
    let folder = match &entry.resolved {
        Some(resolved) => resolved.text.trim_start_matches("file:"),
        None => &entry.key,
    };
    folder == manifest.path
}

/// Only of what is fetched can it be told whether it is locked.
fn is_fetched(spec: &str) -> bool {
    !matches!(
        Source::of_spec(spec),
        Source::Workspace | Source::Folder | Source::File
    ) && !spec.starts_with("catalog:")
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
