//! `bun.lock`: JSON with commas at the ends of lists, a tuple for each package.

use std::collections::{HashMap, HashSet};

use super::error::LockfileError;
use super::json::{self, Dialect};
use super::manifest::{GROUPS, collect};
use super::node::{Document, Field, Node};
use super::place::Text;
use super::yarn_1::split;
use super::{Dependency, Entries, Format, Kind, Locked, Lockfile, Source};

pub(super) fn read(text: &str) -> Result<Lockfile, LockfileError> {
    let root = json::parse(text, Dialect::Comments)?;
    let document = Document { text };
    let Some(version) = document.version_of(&root)? else {
        return Err(document.wrong(root.at, "\"lockfileVersion\" is missing"));
    };
    if !matches!(&*version.text, "0" | "1" | "2") {
        let at = version.at.start as usize;
        let known = "0, 1 and 2";
        return Err(LockfileError::unknown_version(
            text,
            at,
            &version.text,
            known,
        ));
    }
    // From 2 on the file says which packages have scripts.
    let tells_scripts = &*version.text == "2";
    let mut entries = Entries::default();
    let mut importers = Vec::new();
    let mut by_key: HashMap<String, u32> = HashMap::new();
    let mut by_path: HashMap<String, u32> = HashMap::new();
    for field in document.object(&root, "workspaces")? {
        let number = entries.push(text, workspace(document, field)?)?;
        importers.push(number);
        by_path.insert(field.key.to_string(), number);
    }
    for field in document.object(&root, "packages")? {
        document.path(field)?;
        let entry = package(document, field, tells_scripts)?;
        // Workspaces are listed among the packages too.
        if entry.source == Source::Workspace {
            let path = entry.resolved.as_ref().map(|path| path.text.to_string());
            if let Some(number) = path.and_then(|path| by_path.get(&path).copied()) {
                by_key.insert(field.key.to_string(), number);
                continue;
            }
        }
        let number = entries.push(text, entry)?;
        by_key.insert(field.key.to_string(), number);
    }
    let mut entries = entries.all;
    for entry in &mut entries {
        let from = match entry.source {
            Source::Workspace if entry.key.is_empty() => "",
            Source::Workspace => &entry.name,
            _ => &entry.key,
        };
        for dependency in &mut entry.dependencies {
            dependency.to = find(&by_key, from, &dependency.name);
        }
    }
    let mut settings = Vec::new();
    for group in [
        "overrides",
        "resolutions",
        "trustedDependencies",
        "patchedDependencies",
    ] {
        collect(group, root.get(group), &mut settings);
    }
    let patches = settings
        .iter()
        .filter(|setting| setting.group == "patchedDependencies");
    let patches: HashMap<&str, &Text> = patches.map(|patch| (&*patch.key, &patch.value)).collect();
    if !patches.is_empty() {
        for entry in &mut entries {
            entry.patch = patches
                .get(entry.id().as_str())
                .map(|patch| (*patch).clone());
        }
    }
    let mut lockfile = Lockfile {
        format: Format::Bun,
        version,
        entries,
        importers,
        settings,
        legacy: Vec::new(),
        remarks: Vec::new(),
    };
    lockfile.infer_scopes();
    Ok(lockfile)
}

fn workspace(document: Document<'_>, field: &Field<'_>) -> Result<Locked, LockfileError> {
    let name = document.text_of(&field.node, "name")?;
    Ok(Locked {
        key: field.key.as_ref().into(),
        at: field.at,
        name: name.map_or_else(Box::default, |name| name.text),
        version: document.text_of(&field.node, "version")?,
        source: Source::Workspace,
        dependencies: dependencies(document, &field.node)?,
        ..Locked::default()
    })
}

fn package(
    document: Document<'_>,
    field: &Field<'_>,
    tells_scripts: bool,
) -> Result<Locked, LockfileError> {
    let items = field.node.items();
    let Some(id) = items.first().and_then(Node::as_str) else {
        return Err(document.wrong(
            field.node.at,
            "a package is a list that begins with its name and version",
        ));
    };
    let id_at = items[0].at;
    let (name, reference) = split(id);
    let own_key = last(&field.key);
    let mut entry = Locked {
        key: field.key.as_ref().into(),
        at: field.at,
        name: name.into(),
        alias: (own_key != name).then(|| own_key.into()),
        ..Locked::default()
    };
    let info = items.iter().find(|item| item.is_object());
    let text = |index: usize| match items.get(index) {
        None => Ok(None),
        Some(item) => match item.as_str() {
            Some(text) => Ok(Some(Text::new(text, item.at))),
            None => {
                let message = format!("this is {}, where a text should stand", item.kind());
                Err(document.wrong(item.at, message))
            }
        },
    };
    let is_tarball = |path: &str| path.ends_with(".tgz") || path.ends_with(".tar.gz");
    entry.source = match reference.split_once(':') {
        Some(("workspace" | "root", _)) => Source::Workspace,
        Some(_) => Source::of_spec(reference),
        None if is_tarball(reference) => Source::File,
        None => Source::Registry,
    };
    match entry.source {
        Source::Registry => {
            entry.version = Some(Text::new(reference, id_at));
            entry.resolved = text(1)?.filter(|address| !address.text.is_empty());
            entry.integrity = text(3)?;
        }
        Source::Workspace => {
            let path = reference.split_once(':').map_or("", |(_, path)| path);
            entry.resolved = Some(Text::new(path, id_at));
        }
        Source::Git => {
            entry.resolved = Some(Text::new(reference, id_at));
            entry.integrity = text(3)?;
        }
        Source::Url | Source::File | Source::Folder => {
            entry.resolved = Some(Text::new(reference, id_at));
            entry.integrity = text(2)?;
        }
    }
    if let Some(info) = info {
        entry.dependencies = dependencies(document, info)?;
        entry.bundled = info.flag("bundled");
        entry.is_platform_bound = info.get("os").is_some() || info.get("cpu").is_some();
        entry.has_install_script = tells_scripts.then(|| info.flag("hasInstallScript"));
    }
    Ok(entry)
}

fn dependencies(document: Document<'_>, node: &Node<'_>) -> Result<Vec<Dependency>, LockfileError> {
    let optional = node
        .get("optionalPeers")
        .map(Node::items)
        .unwrap_or_default();
    let optional: HashSet<&str> = optional.iter().filter_map(Node::as_str).collect();
    let mut found: Vec<Dependency> = Vec::new();
    for (group, kind) in GROUPS {
        document.add_dependencies(node, group, kind, &mut found)?;
    }
    found.retain(|dependency| {
        dependency.kind != Kind::Peer || !optional.contains(&*dependency.name)
    });
    Ok(found)
}

/// From `a/@s/b`, `name` is `a/@s/b/name`, `a/name` or `name`.
fn find(by_key: &HashMap<String, u32>, from: &str, name: &str) -> Option<u32> {
    let mut folder = from;
    while !folder.is_empty() {
        if let Some(found) = by_key.get(&format!("{folder}/{name}")) {
            return Some(*found);
        }
        let own = last(folder);
        folder = folder[..folder.len() - own.len()].trim_end_matches('/');
    }
    by_key.get(name).copied()
}

/// The last name of a path of names.
fn last(path: &str) -> &str {
    let Some((before, name)) = path.rsplit_once('/') else {
        return path;
    };
    let scope = before.rsplit('/').next().unwrap_or(before);
    match scope.starts_with('@') {
        true => &path[path.len() - name.len() - 1 - scope.len()..],
        false => name,
    }
}
