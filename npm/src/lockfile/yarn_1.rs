//! `yarn.lock` of yarn 1: blocks of lines, keyed by everything that was asked for.

mod lines;

use std::collections::{HashMap, HashSet};

use super::error::LockfileError;
use super::manifest::Manifest;
use super::place::{Spot, Text};
use super::{Dependency, Entries, Format, Kind, Locked, Lockfile, Source};
use crate::{Range, Version};
use lines::{Block, blocks};

pub(super) fn read(text: &str, manifests: &[Manifest]) -> Result<Lockfile, LockfileError> {
    let version = version(text)?;
    let mut entries = Entries::default();
    let mut index = Descriptors::default();
    for block in blocks(text)? {
        let entry = entry(text, &block)?;
        let number = entries.push(text, entry)?;
        for (descriptor, at) in &block.keys {
            let (name, _) = split(descriptor);
            index
                .by_name
                .entry(name.to_owned())
                .or_default()
                .push(number);
            if index.all.insert(descriptor.clone(), number).is_some() {
                return Err(LockfileError::duplicate(
                    text,
                    at.start as usize,
                    descriptor,
                ));
            }
        }
    }
    let mut importers = Vec::new();
    let mut names: HashMap<Box<str>, u32> = HashMap::new();
    for manifest in manifests {
        let number = entries.push(text, project(manifest))?;
        importers.push(number);
        if let Some(name) = &manifest.name {
            names.entry(name.text.clone()).or_insert(number);
        }
    }
    let mut entries = entries.all;
    let versions: Vec<Option<Version>> = entries.iter().map(version_of).collect();
    for entry in &mut entries {
        for dependency in &mut entry.dependencies {
            let found = index.find(&dependency.name, &dependency.spec, &versions);
            // A workspace is in no lockfile of yarn 1; what is not there may be one.
            dependency.to = found.or_else(|| names.get(&dependency.name).copied());
        }
    }
    let mut lockfile = Lockfile {
        format: Format::Yarn1,
        version,
        entries,
        importers,
        settings: Vec::new(),
        legacy: Vec::new(),
        remarks: Vec::new(),
    };
    lockfile.infer_scopes();
    Ok(lockfile)
}

/// From the comment `# yarn lockfile v1`, which is all that says so.
fn version(text: &str) -> Result<Text, LockfileError> {
    let mark = "# yarn lockfile v";
    let Some(at) = text.find(mark) else {
        let message = "neither \"# yarn lockfile v1\" nor \"__metadata:\" is in this file";
        return Err(LockfileError::form(text, 0, message));
    };
    let start = at + mark.len();
    let end = text[start..]
        .find(['\r', '\n'])
        .map_or(text.len(), |end| start + end);
    match &text[start..end] {
        "1" => Ok(Text::new("1", Spot::new(start, end))),
        other => Err(LockfileError::unknown_version(text, start, other, "1")),
    }
}

fn entry(text: &str, block: &Block) -> Result<Locked, LockfileError> {
    let (first, at) = block
        .keys
        .first()
        .map_or(("", Spot::default()), |(key, at)| (key.as_str(), *at));
    let end = block.keys.last().map_or(at.end, |(_, last)| last.end);
    let (alias, spec) = split(first);
    let mut entry = Locked {
        key: join(&block.keys).into(),
        at: Spot {
            start: at.start,
            end,
        },
        name: alias.into(),
        source: Source::of_spec(spec),
        ..Locked::default()
    };
    if let Some(real) = spec.strip_prefix("npm:") {
        let (name, _) = split(real);
        entry.alias = (name != alias).then(|| alias.into());
        entry.name = name.into();
        entry.source = Source::Registry;
    }
    for (key, value, _) in &block.values {
        match key.as_str() {
            "version" => entry.version = Some(value.clone()),
            "resolved" => entry.resolved = Some(value.clone()),
            "integrity" => entry.integrity = Some(value.clone()),
            // `uid` and what plugins of other tools add.
            _ => {}
        }
    }
    if entry.version.is_none() {
        return Err(LockfileError::form(
            text,
            at.start as usize,
            "an entry without a version",
        ));
    }
    let of = |list: &'static str| block.nested.iter().filter(move |nested| nested.0 == list);
    // yarn writes optional ones into both lists.
    let optional: HashSet<&str> = of("optionalDependencies")
        .map(|(_, key, ..)| key.as_str())
        .collect();
    let required = of("dependencies").filter(|(_, key, ..)| !optional.contains(key.as_str()));
    for (_, key, value, at) in required.chain(of("optionalDependencies")) {
        let kind = match optional.contains(key.as_str()) {
            true => Kind::Optional,
            false => Kind::Production,
        };
        entry.dependencies.push(Dependency {
            name: key.as_str().into(),
            spec: value.text.clone(),
            kind,
            at: *at,
            to: None,
        });
    }
    if entry.source == Source::Folder && entry.resolved.is_none() {
        entry.resolved = Some(Text::new(spec, at));
    }
    Ok(entry)
}

fn join(keys: &[(String, Spot)]) -> String {
    let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
    keys.join(", ")
}

/// The project itself, or one of its workspaces.
pub(super) fn project(manifest: &Manifest) -> Locked {
    let asked = manifest.asked();
    let dependencies = asked
        .filter(|declared| declared.kind != Kind::Peer)
        .map(|declared| Dependency {
            name: declared.name.text.clone(),
            spec: declared.spec.text.clone(),
            kind: declared.kind,
            at: Spot::default(),
            to: None,
        });
    Locked {
        key: manifest.path.as_str().into(),
        name: manifest
            .name
            .as_ref()
            .map_or_else(Box::default, |name| name.text.clone()),
        version: manifest
            .version
            .as_ref()
            .map(|version| Text::new(&version.text, Spot::default())),
        source: Source::Workspace,
        dependencies: dependencies.collect(),
        ..Locked::default()
    }
}

/// `name@spec`, where the name may begin with `@`.
pub(super) fn split(descriptor: &str) -> (&str, &str) {
    let scope = usize::from(descriptor.starts_with('@'));
    match descriptor[scope..].find('@') {
        Some(at) => (&descriptor[..scope + at], &descriptor[scope + at + 1..]),
        None => (descriptor, ""),
    }
}

pub(super) fn version_of(entry: &Locked) -> Option<Version> {
    Version::parse_loose(&entry.version.as_ref()?.text).ok()
}

/// Entries of one name that are compared with a range. Real lockfiles have some ten.
const CANDIDATES_LIMIT: usize = 500;

/// Which entry answers what was asked.
#[derive(Default)]
pub(super) struct Descriptors {
    pub(super) all: HashMap<String, u32>,
    pub(super) by_name: HashMap<String, Vec<u32>>,
}

impl Descriptors {
    /// By what was asked; where `resolutions` changed that, the entry of this name that satisfies it, or the only one.
    pub(super) fn find(&self, name: &str, spec: &str, versions: &[Option<Version>]) -> Option<u32> {
        for prefix in ["", "npm:"] {
            let found = self.all.get(&format!("{name}@{prefix}{spec}"));
            if let Some(found) = found {
                return Some(*found);
            }
        }
        let candidates = self.by_name.get(name)?;
        if let [only] = candidates.as_slice() {
            return Some(*only);
        }
        let range = Range::parse_loose(spec.trim_start_matches("npm:")).ok()?;
        let fits = |entry: &&u32| {
            let version = versions.get(**entry as usize).and_then(Option::as_ref);
            version.is_some_and(|version| range.satisfies_including_prereleases(version))
        };
        candidates.iter().take(CANDIDATES_LIMIT).find(fits).copied()
    }
}
