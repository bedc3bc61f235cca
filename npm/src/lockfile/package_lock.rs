//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1, 2 and 3.

mod tree;

use std::collections::HashMap;

use super::error::LockfileError;
use super::json::{self, Dialect};
use super::manifest::{GROUPS, Manifest};
use super::node::{Document, Field, Node};
use super::place::{Spot, Text};
use super::{Dependency, Entries, Format, Kind, Locked, Lockfile, Source};

pub(super) fn read(text: &str, manifests: &[Manifest]) -> Result<Lockfile, LockfileError> {
    let root = json::parse(text, Dialect::Strict)?;
    let document = Document { text };
    if !root.is_object() {
        return Err(document.wrong(root.at, "a package-lock is an object"));
    }
    let version = match root.get("lockfileVersion") {
        Some(node) => {
            let known = node
                .as_scalar()
                .filter(|version| matches!(*version, "1" | "2" | "3"));
            let known = known.ok_or_else(|| {
                let found = node.as_scalar().unwrap_or(node.kind());
                let at = node.at.start as usize;
                LockfileError::unknown_version(text, at, found, "1, 2 and 3")
            })?;
            Text::new(known, node.at)
        }
        // npm before 5 wrote shrinkwraps without one.
        None if root.get("packages").is_none() => Text::new("1", root.at),
        None => return Err(document.wrong(root.at, "\"lockfileVersion\" is missing")),
    };
    let is_tree_only = &*version.text == "1";
    if is_tree_only && root.get("packages").is_some() {
        return Err(document.wrong(
            version.at,
            "\"lockfileVersion\" is 1, but there are \"packages\", which only later versions have",
        ));
    }
    let reader = Reader { document };
    let mut lockfile = Lockfile {
        format: Format::PackageLock,
        version,
        entries: Vec::new(),
        importers: Vec::new(),
        settings: Vec::new(),
        legacy: Vec::new(),
        remarks: Vec::new(),
    };
    if is_tree_only {
        lockfile.entries = tree::read(document, &root, manifests)?;
        lockfile.importers = vec![0];
        Paths::of(&lockfile.entries).connect(&mut lockfile.entries);
        sources_of_specs(&mut lockfile.entries);
        workspaces(&mut lockfile.entries, &mut lockfile.importers);
        return Ok(lockfile);
    }
    let Some(packages) = root.get("packages") else {
        return Err(document.wrong(root.at, "\"packages\" is missing"));
    };
    if !packages.is_object() {
        let message = format!("\"packages\" is {}, not an object", packages.kind());
        return Err(document.wrong(packages.at, message));
    }
    let mut entries = Entries::default();
    let mut links: Vec<(Box<str>, Box<str>)> = Vec::new();
    for field in packages.fields() {
        if !field.node.is_object() {
            return Err(document.wrong(field.node.at, "an entry is not an object"));
        }
        document.path(field)?;
        match reader.link(field)? {
            Some(target) => links.push((field.key.as_ref().into(), target)),
            None => {
                entries.push(text, reader.entry(field)?)?;
            }
        }
    }
    let mut entries = entries.all;
    finish(&mut entries, &mut lockfile.importers, &links);
    lockfile.entries = entries;
    if lockfile.version.text.as_ref() == "2" {
        lockfile.legacy = tree::read(document, &root, &[])?;
        lockfile.legacy.remove(0);
    }
    Ok(lockfile)
}

/// Links lead to their targets, dependencies to the entries that Node would find.
fn finish(entries: &mut Vec<Locked>, importers: &mut Vec<u32>, links: &[(Box<str>, Box<str>)]) {
    let mut paths = Paths::of(entries);
    for (link, target) in links {
        let Some(to) = paths.of_path.get(target).copied() else {
            // A link whose target the file does not describe is an entry by itself.
            let index = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            let name = name_of(link).unwrap_or(link);
            entries.push(Locked {
                key: link.clone(),
                name: name.into(),
                source: Source::Folder,
                resolved: Some(Text::new(target, Spot::default())),
                ..Locked::default()
            });
            paths.of_path.insert(link.clone(), index);
            continue;
        };
        let entry = &mut entries[to as usize];
        if entry.resolved.is_none() {
            entry.resolved = Some(Text::new(target, entry.at));
        }
        if let Some(name) = name_of(link)
            && !link.contains("/node_modules/")
            && *entry.name != *name
            && !entry.name.is_empty()
            && entry.alias.is_none()
        {
            // The link is named after the dependency; the package may call itself otherwise.
            entry.alias = Some(name.into());
        }
        paths.of_path.insert(link.clone(), to);
    }
    paths.connect(entries);
    sources_of_specs(entries);
    workspaces(entries, importers);
}

/// A folder of the project that nobody asks for by `file:` is a workspace.
fn workspaces(entries: &mut [Locked], importers: &mut Vec<u32>) {
    let mut is_asked = vec![false; entries.len()];
    for entry in entries.iter() {
        for dependency in &entry.dependencies {
            if let Some(to) = dependency.to
                && Source::of_spec(&dependency.spec) == Source::Folder
            {
                is_asked[to as usize] = true;
            }
        }
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let folder = match &entry.resolved {
            Some(resolved) => resolved.text.trim_start_matches("file:"),
            None => &entry.key,
        };
        let is_inside = !folder.starts_with("..") && !folder.contains("node_modules/");
        let is_workspace = is_inside && !is_asked[index] && entry.source == Source::Folder;
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let is_importer = importers.first() == Some(&index);
        if (entry.key.is_empty() || is_workspace) && !is_importer {
            entry.source = Source::Workspace;
            importers.push(index);
        }
    }
}

/// What a dependent asked for by an address or repository is not the registry's.
fn sources_of_specs(entries: &mut [Locked]) {
    let mut asked: Vec<(u32, Source)> = Vec::new();
    for entry in entries.iter() {
        for dependency in &entry.dependencies {
            let source = Source::of_spec(&dependency.spec);
            if let Some(to) = dependency.to
                && matches!(source, Source::Url | Source::Git)
            {
                asked.push((to, source));
            }
        }
    }
    for (to, source) in asked {
        let entry = &mut entries[to as usize];
        if entry.source == Source::Registry && !entry.bundled {
            entry.source = source;
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    document: Document<'t>,
}

impl Reader<'_> {
    /// The folder that a link leads to.
    fn link(self, field: &Field<'_>) -> Result<Option<Box<str>>, LockfileError> {
        if !field.node.flag("link") {
            return Ok(None);
        }
        match self.document.text_of(&field.node, "resolved")? {
            Some(target) => Ok(Some(target.text)),
            None => Err(self.document.wrong(field.at, "a link without \"resolved\"")),
        }
    }

    fn entry(self, field: &Field<'_>) -> Result<Locked, LockfileError> {
        let node = &field.node;
        let path = field.key.as_ref();
        let installed_as = name_of(path);
        let own_name = self.document.text_of(node, "name")?;
        let name: Box<str> = match (&own_name, installed_as) {
            (Some(own), _) => own.text.clone(),
            (None, Some(name)) => name.into(),
            (None, None) => path.rsplit('/').next().unwrap_or_default().into(),
        };
        let alias = installed_as.filter(|installed| **installed != *name);
        let resolved = self.document.text_of(node, "resolved")?;
        let source = match (&resolved, installed_as) {
            (_, None) => Source::Folder,
            (Some(resolved), _) => source_of(&resolved.text),
            (None, _) => Source::Registry,
        };
        let is_dev_optional = node.flag("devOptional");
        let scripts = node.get("hasInstallScript").and_then(Node::as_bool);
        Ok(Locked {
            key: path.into(),
            at: field.at,
            alias: alias.map(Into::into),
            version: self.document.text_of(node, "version")?,
            source,
            resolved,
            integrity: self.document.text_of(node, "integrity")?,
            dev: node.flag("dev"),
            optional: node.flag("optional") || is_dev_optional,
            peer: node.flag("peer"),
            bundled: node.flag("inBundle"),
            // npm writes it only where there is one.
            has_install_script: Some(scripts == Some(true)),
            has_shrinkwrap: node.flag("hasShrinkwrap"),
            deprecated: node.get("deprecated").is_some(),
            license: node.get("license").and_then(Node::as_str).map(Into::into),
            is_platform_bound: node.get("os").is_some() || node.get("cpu").is_some(),
            dependencies: dependencies(self.document, node, installed_as.is_none())?,
            name,
            ..Locked::default()
        })
    }
}

/// Dependencies of an entry; `devDependencies` count for the project's own.
fn dependencies(
    document: Document<'_>,
    node: &Node<'_>,
    is_own: bool,
) -> Result<Vec<Dependency>, LockfileError> {
    let mut found: Vec<Dependency> = Vec::new();
    for (group, kind) in GROUPS {
        if kind != Kind::Development || is_own {
            document.add_dependencies(node, group, kind, &mut found)?;
        }
    }
    Ok(found)
}

/// The name that a path installs: what stands after its last `node_modules/`.
fn name_of(path: &str) -> Option<&str> {
    let start = match path.rfind("/node_modules/") {
        Some(at) => at + "/node_modules/".len(),
        None => path
            .strip_prefix("node_modules/")
            .map(|_| "node_modules/".len())?,
    };
    Some(&path[start..])
}

fn source_of(resolved: &str) -> Source {
    match Source::of_spec(resolved) {
        // Whether an address is a registry's is told by who asks for it.
        Source::Url => Source::Registry,
        other => other,
    }
}

/// Where each path leads.
struct Paths {
    of_path: HashMap<Box<str>, u32>,
}

impl Paths {
    fn of(entries: &[Locked]) -> Self {
        let paths = entries.iter().enumerate();
        let of_path = paths
            .map(|(index, entry)| (entry.key.clone(), u32::try_from(index).unwrap_or(u32::MAX)));
        Self {
            of_path: of_path.collect(),
        }
    }

    fn connect(&self, entries: &mut [Locked]) {
        let mut candidate = String::new();
        for entry in entries {
            for dependency in &mut entry.dependencies {
                dependency.to = self.find(&entry.key, &dependency.name, &mut candidate);
            }
        }
    }

    /// As Node looks: in the `node_modules` beside, then in those above.
    fn find(&self, from: &str, name: &str, candidate: &mut String) -> Option<u32> {
        let mut folder = from;
        loop {
            if folder != "node_modules" && !folder.ends_with("/node_modules") {
                candidate.clear();
                if !folder.is_empty() {
                    candidate.push_str(folder);
                    candidate.push('/');
                }
                candidate.push_str("node_modules/");
                candidate.push_str(name);
                if let Some(found) = self.of_path.get(candidate.as_str()) {
                    return Some(*found);
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
}
