//! `yarn.lock` of yarn 2 and later: YAML, keyed by everything that was asked for, with checksums of yarn's own archives.

use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;

use super::error::LockfileError;
use super::manifest::Manifest;
use super::node::{Document, Field, Node};
use super::place::{Spot, Text};
use super::yarn_1::{Descriptors, split, version_of};
use super::{Dependency, Entries, Format, Kind, Locked, Lockfile, Setting, Source, yaml};
use crate::Version;

pub(super) fn read(text: &str, manifests: &[Manifest]) -> Result<Lockfile, LockfileError> {
    let documents = yaml::parse(text)?;
    let document = Document { text };
    let [root] = documents.as_slice() else {
        return Err(LockfileError::form(
            text,
            0,
            "yarn writes one document, here are several",
        ));
    };
    let mut settings = Vec::new();
    let mut version = None;
    let mut entries = Entries::default();
    let mut index = Descriptors::default();
    for field in root.fields() {
        if field.key == "__metadata" {
            version = Some(metadata(document, field, &mut settings)?);
            continue;
        }
        let entry = entry(document, field, manifests)?;
        let number = entries.push(text, entry)?;
        for descriptor in field.key.split(", ") {
            let (name, _) = split(descriptor);
            index
                .by_name
                .entry(name.to_owned())
                .or_default()
                .push(number);
            if index.all.insert(descriptor.to_owned(), number).is_some() {
                let offset = field.at.start as usize;
                return Err(LockfileError::duplicate(text, offset, descriptor));
            }
        }
    }
    let Some(version) = version else {
        return Err(document.wrong(root.at, "\"__metadata\" is missing"));
    };
    let mut entries = entries.all;
    let patched = patched(&entries);
    let versions: Vec<Option<Version>> = entries.iter().map(version_of).collect();
    for entry in &mut entries {
        for dependency in &mut entry.dependencies {
            let found = index.find(&dependency.name, &dependency.spec, &versions);
            // What is patched is asked for without its patch.
            dependency.to = found.map(|found| patched[found as usize].unwrap_or(found));
        }
    }
    // A patch is made of the package that it changes.
    for (original, patch) in patched.iter().enumerate() {
        if let Some(patch) = patch {
            let to = Some(u32::try_from(original).unwrap_or(u32::MAX));
            let of = entries[original].name.clone();
            entries[*patch as usize].dependencies.push(Dependency {
                name: of,
                spec: Box::default(),
                kind: Kind::Production,
                at: Spot::default(),
                to,
            });
        }
    }
    let own = entries.iter().enumerate();
    let own = own.filter(|(_, entry)| entry.source == Source::Workspace);
    let importers = own
        .map(|(index, _)| u32::try_from(index).unwrap_or(u32::MAX))
        .collect();
    let mut lockfile = Lockfile {
        format: Format::YarnBerry,
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

/// The version, and the key of the cache, which says how archives are packed.
fn metadata(
    document: Document<'_>,
    field: &Field<'_>,
    settings: &mut Vec<Setting>,
) -> Result<Text, LockfileError> {
    if let Some(value) = document.text_of(&field.node, "cacheKey")? {
        settings.push(Setting {
            group: "cacheKey",
            key: "cacheKey".into(),
            value,
        });
    }
    let version = document.text_of(&field.node, "version")?;
    let version = version.ok_or_else(|| document.wrong(field.at, "\"version\" is missing"))?;
    // From the first yarn 2 to 4.18, the newest at the end of 2026; the form has not changed in what is read here.
    match version.text.parse::<u32>() {
        Ok(1..=10) => Ok(version),
        _ => Err(LockfileError::unknown_version(
            document.text,
            version.at.start as usize,
            &version.text,
            "1 to 10",
        )),
    }
}

/// For each entry, the patch of exactly it that the project uses instead.
fn patched(entries: &[Locked]) -> Vec<Option<u32>> {
    let mut patched = vec![None; entries.len()];
    let id = |entry: &Locked| {
        let version = entry.version.as_ref();
        (
            entry.name.clone(),
            version.map(|version| version.text.clone()),
        )
    };
    let originals = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.patch.is_none());
    let originals: HashMap<_, usize> = originals.map(|(index, entry)| (id(entry), index)).collect();
    for (index, entry) in entries.iter().enumerate() {
        if entry.patch.is_some()
            && let Some(original) = originals.get(&id(entry))
        {
            patched[*original] = Some(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    patched
}

fn entry(
    document: Document<'_>,
    field: &Field<'_>,
    manifests: &[Manifest],
) -> Result<Locked, LockfileError> {
    let node = &field.node;
    let Some(resolution) = document.text_of(node, "resolution")? else {
        return Err(document.wrong(field.at, "an entry without \"resolution\""));
    };
    let (name, reference) = split(&resolution.text);
    let first = field.key.split(", ").next().unwrap_or_default();
    let (asked, _) = split(first);
    let mut entry = Locked {
        key: field.key.as_ref().into(),
        at: field.at,
        name: name.into(),
        alias: (asked != name).then(|| asked.into()),
        version: document.text_of(node, "version")?,
        checksum: document.text_of(node, "checksum")?,
        is_platform_bound: node.get("conditions").is_some(),
        ..Locked::default()
    };
    locate(&mut entry, reference, resolution.at);
    let manifest = match entry.source {
        Source::Workspace => manifest(reference, manifests),
        _ => None,
    };
    if let Some(manifest) = manifest {
        entry.key = manifest.path.as_str().into();
        entry.version = manifest
            .version
            .as_ref()
            .map(|version| Text::new(&version.text, Spot::default()));
    } else if entry.source == Source::Workspace {
        entry.key = reference
            .trim_start_matches("workspace:")
            .trim_start_matches('.')
            .into();
    }
    entry.dependencies = dependencies(document, node, manifest)?;
    Ok(entry)
}

fn manifest<'m>(reference: &str, manifests: &'m [Manifest]) -> Option<&'m Manifest> {
    let path = reference.trim_start_matches("workspace:");
    let path = if path == "." { "" } else { path };
    manifests.iter().find(|manifest| manifest.path == path)
}

/// What a locator's reference says: `npm:1.2.3`, `patch:…`, `https://…#commit=…`.
fn locate(entry: &mut Locked, reference: &str, at: Spot) {
    let (reference, parameters) = reference.split_once("::").unwrap_or((reference, ""));
    if let Some(patch) = reference.strip_prefix("patch:") {
        let (inner, patches) = patch.split_once('#').unwrap_or((patch, ""));
        let inner = percent_decode_str(inner).decode_utf8_lossy();
        let (_, inner) = split(&inner);
        locate(entry, inner, at);
        entry.patch = Some(Text::new(patches, at));
        return;
    }
    if reference.starts_with("npm:") {
        entry.source = Source::Registry;
        // The address, where it is not what the registry's would be.
        let address = parameters
            .split('&')
            .find_map(|one| one.strip_prefix("__archiveUrl="));
        if let Some(address) = address {
            let address = percent_decode_str(address).decode_utf8_lossy();
            entry.resolved = Some(Text::new(&address, at));
        }
        return;
    }
    entry.source = match Source::of_spec(reference) {
        _ if reference.contains("#commit=") => Source::Git,
        // `exec:` and other protocols of plugins make packages on this machine.
        Source::Registry => Source::Folder,
        other => other,
    };
    if entry.source != Source::Workspace {
        entry.resolved = Some(Text::new(reference, at));
    }
}

fn dependencies(
    document: Document<'_>,
    node: &Node<'_>,
    manifest: Option<&Manifest>,
) -> Result<Vec<Dependency>, LockfileError> {
    let optional = node
        .get("dependenciesMeta")
        .map(Node::fields)
        .unwrap_or_default();
    let optional = optional.iter().filter(|field| field.node.flag("optional"));
    let optional: HashSet<&str> = optional.map(|field| field.key.as_ref()).collect();
    // The lockfile does not tell which are for development; the manifest does.
    let asked = manifest.into_iter().flat_map(Manifest::asked);
    let declared: HashMap<&str, Kind> = asked.map(|one| (&*one.name.text, one.kind)).collect();
    let mut found = Vec::new();
    for field in document.object(node, "dependencies")? {
        found.push(Dependency {
            name: field.key.as_ref().into(),
            spec: document.scalar(field)?.into(),
            kind: match declared.get(field.key.as_ref()) {
                _ if optional.contains(field.key.as_ref()) => Kind::Optional,
                Some(kind) => *kind,
                None => Kind::Production,
            },
            at: field.at,
            to: None,
        });
    }
    Ok(found)
}
