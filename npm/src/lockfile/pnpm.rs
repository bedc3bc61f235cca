//! `pnpm-lock.yaml`, versions 5, 6 and 9; one document or two.

mod keys;

use std::collections::HashMap;

use super::error::{Fault, LockfileError};
use super::manifest::{Manifest, collect};
use super::node::{Document, Field, Node};
use super::place::{Spot, Text};
use super::{Dependency, Entries, Format, Kind, Locked, Lockfile, Setting, Source, yaml};
use keys::Form;

const GROUPS: [(&str, Kind); 3] = [
    ("dependencies", Kind::Production),
    ("devDependencies", Kind::Development),
    ("optionalDependencies", Kind::Optional),
];

/// Of pnpm itself: configuration packages, and the pnpm that the project asks for.
const TOOL_GROUPS: [&str; 2] = ["configDependencies", "packageManagerDependencies"];

pub(super) fn read(text: &str, manifests: &[Manifest]) -> Result<Lockfile, LockfileError> {
    let mut lockfile: Option<Lockfile> = None;
    let mut entries = Entries::default();
    let mut importers = Vec::new();
    let mut settings = Vec::new();
    let documents = yaml::parse(text)?;
    for root in &documents {
        let document = Document { text };
        let (version, form) = version(document, root)?;
        let mut reader = Reader {
            document,
            form,
            manifests,
            entries: &mut entries,
            by_key: HashMap::new(),
            with_peers: Vec::new(),
        };
        importers.extend(reader.document(root)?);
        for group in [
            "overrides",
            "patchedDependencies",
            "pnpmfileChecksum",
            "packageExtensionsChecksum",
        ] {
            let node = root.get(group);
            collect(group, node, &mut settings);
            if let Some(value) = node.and_then(|node| Some(Text::new(node.as_scalar()?, node.at))) {
                settings.push(Setting {
                    group,
                    key: group.into(),
                    value,
                });
            }
        }
        // Of two documents, the project's is the last.
        lockfile = Some(Lockfile {
            format: Format::Pnpm,
            version,
            entries: Vec::new(),
            importers: Vec::new(),
            settings: Vec::new(),
            legacy: Vec::new(),
            remarks: Vec::new(),
        });
    }
    let Some(lockfile) = lockfile else {
        return Err(LockfileError::at(text, 0, Fault::Empty));
    };
    let mut lockfile = Lockfile {
        entries: entries.all,
        importers,
        settings,
        ..lockfile
    };
    lockfile.infer_scopes();
    Ok(lockfile)
}

fn version(document: Document<'_>, root: &Node<'_>) -> Result<(Text, Form), LockfileError> {
    let Some(version) = document.text_of(root, "lockfileVersion")? else {
        return Err(document.wrong(root.at, "\"lockfileVersion\" is missing"));
    };
    // `5.4-inlineSpecifiers` was an experiment that became 6.
    let (number, experiment) = version.text.split_once('-').unwrap_or((&version.text, ""));
    let form = match (number.split('.').next(), experiment) {
        (Some("5"), "") => Form::Five,
        (Some("5"), "inlineSpecifiers") => Form::Five,
        (Some("6"), "") => Form::Six,
        (Some("9"), "") => Form::Nine,
        _ => {
            return Err(LockfileError::unknown_version(
                document.text,
                version.at.start as usize,
                &version.text,
                "5, 6 and 9",
            ));
        }
    };
    Ok((version, form))
}

struct Reader<'r, 't> {
    document: Document<'t>,
    form: Form,
    manifests: &'r [Manifest],
    entries: &'r mut Entries,
    by_key: HashMap<String, u32>,
    /// Packages with several snapshots.
    with_peers: Vec<u32>,
}

impl Reader<'_, '_> {
    /// Reads a document and gives its importers.
    fn document(&mut self, root: &Node<'_>) -> Result<Vec<u32>, LockfileError> {
        let first = self.entries.all.len();
        for field in self.document.object(root, "packages")? {
            let entry = self.package(field)?;
            let number = self.entries.push(self.document.text, entry)?;
            self.by_key.insert(field.key.to_string(), number);
        }
        let snapshots = match self.form {
            Form::Nine => self.document.object(root, "snapshots")?,
            Form::Five | Form::Six => self.document.object(root, "packages")?,
        };
        let mut has_snapshot = vec![self.form != Form::Nine; self.entries.all.len() - first];
        for field in snapshots {
            let package = self.snapshot(field)?;
            has_snapshot[package as usize - first] = true;
        }
        // pnpm writes one for each, even if it is empty: the rest of the file was lost.
        if let Some(package) = has_snapshot.iter().position(|has| !has) {
            let at = self.entries.all[first + package].at;
            let message = "a package that \"snapshots\" does not list";
            return Err(self.document.wrong(at, message));
        }
        self.with_peers.sort_unstable();
        self.with_peers.dedup();
        for index in std::mem::take(&mut self.with_peers) {
            let dependencies = &mut self.entries.all[index as usize].dependencies;
            dependencies.sort_by(|one, other| (&one.name, one.to).cmp(&(&other.name, other.to)));
            dependencies.dedup_by(|one, other| (&one.name, one.to) == (&other.name, other.to));
        }
        let (importers, is_tool) = match root.get("importers") {
            Some(_) => self.importers(self.document.object(root, "importers")?)?,
            // A project without workspaces, before version 9.
            None => (vec![self.importer(".", Spot::default(), root)?], false),
        };
        if is_tool {
            for entry in &mut self.entries.all[first..] {
                entry.is_tool = true;
            }
        }
        self.link_workspaces(&importers);
        Ok(importers)
    }

    fn importers(&mut self, fields: &[Field<'_>]) -> Result<(Vec<u32>, bool), LockfileError> {
        let mut importers = Vec::new();
        let mut is_tool = false;
        for field in fields {
            is_tool |= TOOL_GROUPS
                .iter()
                .any(|group| field.node.get(group).is_some());
            importers.push(self.importer(&field.key, field.at, &field.node)?);
        }
        Ok((importers, is_tool))
    }

    fn package(&self, field: &Field<'_>) -> Result<Locked, LockfileError> {
        let node = &field.node;
        let Some(resolution) = node.get("resolution").filter(|node| node.is_object()) else {
            return Err(self
                .document
                .wrong(field.at, "a package without \"resolution\""));
        };
        let (name, version) = self.form.id(&field.key);
        let tarball = self.document.text_of(resolution, "tarball")?;
        let kind = resolution
            .get("type")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let (source, resolved) = match kind {
            "git" => {
                let repository = self.document.text_of(resolution, "repo")?;
                let commit = self.document.text_of(resolution, "commit")?;
                let address = repository.map(|repository| {
                    let commit =
                        commit.map_or_else(String::new, |commit| format!("#{}", commit.text));
                    Text::new(&format!("{}{commit}", repository.text), repository.at)
                });
                (Source::Git, address)
            }
            "directory" => (
                Source::Folder,
                self.document.text_of(resolution, "directory")?,
            ),
            _ => (self.source(&field.key, resolution), tarball),
        };
        let own_name = self.document.text_of(node, "name")?;
        let own_version = self.document.text_of(node, "version")?;
        let key_version = version.filter(|_| source == Source::Registry);
        Ok(Locked {
            key: field.key.as_ref().into(),
            at: field.at,
            name: match own_name {
                Some(own) => own.text,
                None => name.unwrap_or_default().into(),
            },
            version: own_version
                .or_else(|| key_version.map(|version| Text::new(version, field.at))),
            source,
            resolved,
            integrity: self.document.text_of(resolution, "integrity")?,
            dev: node.flag("dev"),
            optional: node.flag("optional"),
            has_install_script: match self.form {
                // Up to version 6 the file says so.
                Form::Five | Form::Six => Some(node.flag("requiresBuild")),
                Form::Nine => None,
            },
            deprecated: node.get("deprecated").is_some(),
            is_platform_bound: node.get("os").is_some() || node.get("cpu").is_some(),
            patch: keys::patch(&field.key).map(|patch| Text::new(patch, field.at)),
            ..Locked::default()
        })
    }

    fn source(&self, key: &str, resolution: &Node<'_>) -> Source {
        let reference = self.form.reference(key);
        if resolution.flag("gitHosted") {
            return Source::Git;
        }
        match Source::of_spec(reference) {
            // Archives of a commit, which code hosts make.
            Source::Url if reference.contains("codeload.") || reference.contains("/archive/") => {
                Source::Git
            }
            // A name and version are no shorthand of a repository; a key without a slash before 9 is one of a host.
            Source::Git if self.form.is_registry_key(key) => Source::Registry,
            Source::Registry if !self.form.is_registry_key(key) => Source::Git,
            other => other,
        }
    }

    /// Adds what one snapshot depends on to its package, and gives which that is.
    fn snapshot(&mut self, field: &Field<'_>) -> Result<u32, LockfileError> {
        let Some(from) = self.find(&field.key) else {
            return Err(self.document.wrong(
                field.at,
                "a snapshot of a package that \"packages\" does not list",
            ));
        };
        let mut found = Vec::new();
        for (group, kind) in GROUPS {
            for dependency in self.document.object(&field.node, group)? {
                found.push(self.dependency(dependency, self.document.scalar(dependency)?, kind));
            }
        }
        let entry = &mut self.entries.all[from as usize];
        let is_first = entry.dependencies.is_empty();
        entry.dependencies.extend(found);
        if !is_first {
            self.with_peers.push(from);
        }
        if entry.patch.is_none() {
            entry.patch = keys::patch(&field.key).map(|patch| Text::new(patch, field.at));
        }
        Ok(from)
    }

    fn dependency(&self, field: &Field<'_>, version: &str, kind: Kind) -> Dependency {
        let to = self.form.key_of(&field.key, version);
        Dependency {
            name: field.key.as_ref().into(),
            spec: version.into(),
            kind,
            at: field.at,
            to: to.and_then(|key| self.find(&key)),
        }
    }

    /// The package of a key with or without peers.
    fn find(&self, key: &str) -> Option<u32> {
        let found = self.by_key.get(key);
        found
            .or_else(|| self.by_key.get(keys::without_peers(key)))
            .copied()
    }

    fn importer(&mut self, path: &str, at: Spot, node: &Node<'_>) -> Result<u32, LockfileError> {
        let path = if path == "." { "" } else { path };
        let specifiers = node.get("specifiers");
        let mut dependencies = Vec::new();
        let tools = TOOL_GROUPS.map(|group| (group, Kind::Development));
        for (group, kind) in GROUPS.into_iter().chain(tools) {
            for field in self.document.object(node, group)? {
                let version = match field.node.get("version") {
                    Some(version) => version.as_scalar(),
                    None => field.node.as_scalar(),
                };
                let Some(version) = version else {
                    return Err(self
                        .document
                        .wrong(field.node.at, "a dependency without a version"));
                };
                let mut dependency = self.dependency(field, version, kind);
                // What is locked stands in `version`; what was asked for is the spec.
                let asked = field
                    .node
                    .get("specifier")
                    .or_else(|| specifiers?.get(&field.key));
                if let Some(asked) = asked.and_then(Node::as_scalar) {
                    dependency.spec = asked.into();
                }
                if let Some(folder) = version.strip_prefix("link:") {
                    dependency.spec = format!("link:{}", joined(path, folder)).into();
                }
                if let Some(to) = dependency.to {
                    let entry = &mut self.entries.all[to as usize];
                    if *entry.name != *dependency.name && entry.alias.is_none() {
                        entry.alias = Some(dependency.name.clone());
                    }
                }
                dependencies.push(dependency);
            }
        }
        let manifest = self.manifests.iter().find(|manifest| manifest.path == path);
        let name = manifest.and_then(|manifest| manifest.name.as_ref());
        let version = manifest.and_then(|manifest| manifest.version.as_ref());
        let entry = Locked {
            key: path.into(),
            at,
            name: name.map_or_else(Box::default, |name| name.text.clone()),
            version: version.map(|version| Text::new(&version.text, Spot::default())),
            source: Source::Workspace,
            dependencies,
            ..Locked::default()
        };
        self.entries.push(self.document.text, entry)
    }

    /// `link:../b` leads to the importer of that folder.
    fn link_workspaces(&mut self, importers: &[u32]) {
        let paths: HashMap<Box<str>, u32> = importers
            .iter()
            .map(|index| (self.entries.all[*index as usize].key.clone(), *index))
            .collect();
        for index in importers {
            for dependency in &mut self.entries.all[*index as usize].dependencies {
                if let Some(folder) = dependency.spec.strip_prefix("link:")
                    && dependency.to.is_none()
                {
                    dependency.to = paths.get(folder).copied();
                }
            }
        }
    }
}

/// A path from the lockfile's folder on, of one from an importer's.
fn joined(importer: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = importer
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
