//! What lies in a `node_modules`, by the `package.json` of each package alone: connected as Node would look for it.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use lazaret_npm::lockfile::{
    Dependency, Format, Kind, Locked, Lockfile, Manifest, Source, Spot, Text,
};
use lazaret_npm::{PackageJson, PackageName};
use sha2::{Digest, Sha256};

use super::walk::{Found, Package, Walk, is_folder};
use super::{PACKAGES_LIMIT, runs_on_install};
use crate::project::Project;

/// Dependencies of all packages together.
const DEPENDENCIES_LIMIT: usize = 8_000_000;

/// Longest name of a dependency that is looked for: a scope and a name of a file system's longest.
const NAME_LIMIT: usize = 512;

/// What was found.
pub(super) struct Tree {
    pub(super) project: Project,
    pub(super) unread: Vec<(String, String)>,
    pub(super) left_out: Vec<(String, String)>,
}

impl Tree {
    /// Of the folder that `node_modules` lies in.
    pub(super) fn read(root: &Path) -> std::io::Result<Self> {
        let modules = root.join("node_modules");
        let mut reader = Reader {
            root,
            real_modules: std::fs::canonicalize(&modules)?,
            entries: Vec::new(),
            of_path: HashMap::new(),
            links: Vec::new(),
            dependencies: 0,
            unread: Vec::new(),
            left_out: Vec::new(),
        };
        std::fs::read_dir(&modules)?;
        let mut walk = Walk::new(PACKAGES_LIMIT);
        let manifest = reader.own(&mut walk);
        walk.folder(&modules, &mut |found| reader.see(found));
        reader.follow(&mut walk);
        reader.connect();
        reader.unread.append(&mut walk.unread);
        let text = reader.digest();
        folders(&mut reader.entries);
        let lockfile = lockfile(reader.entries);
        Ok(Self {
            project: Project {
                folder: String::new(),
                file: "node_modules".to_owned(),
                text,
                reach: lockfile.reach(),
                lockfile,
                manifests: manifest.into_iter().collect(),
                settings: std::collections::BTreeMap::default(),
                siblings: Vec::new(),
                unread_siblings: std::collections::BTreeSet::new(),
                nested: std::collections::BTreeSet::new(),
                patches: Vec::new(),
                is_installed: true,
            },
            unread: reader.unread,
            left_out: reader.left_out,
        })
    }
}

struct Reader<'r> {
    root: &'r Path,
    /// `node_modules` may itself be a link.
    real_modules: PathBuf,
    entries: Vec<Locked>,
    of_path: HashMap<Box<str>, u32>,
    links: Vec<PathBuf>,
    dependencies: usize,
    unread: Vec<(String, String)>,
    left_out: Vec<(String, String)>,
}

impl Reader<'_> {
    /// The project itself.
    fn own(&mut self, walk: &mut Walk) -> Option<(Manifest, String)> {
        let path = self.root.join("package.json");
        let bytes = match walk.manifest(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.unread
                    .push(("package.json".to_owned(), error.to_string()));
                return None;
            }
        };
        self.add("", Some(&bytes), false);
        let manifest = Manifest::parse("", &bytes).ok()?;
        Some((manifest, String::from_utf8(bytes).ok()?))
    }

    fn see(&mut self, found: Found<'_>) {
        match found {
            Found::Link(path) => self.links.push(path.to_owned()),
            Found::Package(Package {
                folder,
                manifest,
                has_gyp,
            }) => {
                if let Some(key) = self.key(folder) {
                    self.add(&key, manifest, has_gyp);
                }
            }
        }
    }

    /// The path from the root on, `/` between; nothing for what lies outside.
    fn key(&self, path: &Path) -> Option<String> {
        let inner = |above: &Path, start: &str| {
            let mut key = start.to_owned();
            for part in path.strip_prefix(above).ok()?.components() {
                let Component::Normal(name) = part else {
                    return None;
                };
                if !key.is_empty() {
                    key.push('/');
                }
                key.push_str(&name.to_string_lossy());
            }
            Some(key)
        };
        inner(&self.real_modules, "node_modules").or_else(|| inner(self.root, ""))
    }

    fn add(&mut self, key: &str, manifest: Option<&[u8]>, has_gyp: bool) {
        if self.of_path.contains_key(key) {
            return;
        }
        let own = last_name(key);
        let is_own = own.is_none();
        let folder = own.unwrap_or_else(|| key.rsplit('/').next().unwrap_or_default());
        // It lies there, whatever it is.
        let mut json = PackageJson::default();
        match manifest.map(PackageJson::parse) {
            Some(Ok(read)) => json = read,
            Some(Err(error)) => {
                let path = format!("{key}/package.json");
                self.unread.push((path, error.to_string()));
            }
            None => {}
        }
        let name = json.name.as_deref();
        let name = name.filter(|name| PackageName::parse(name).is_ok());
        let name = name.unwrap_or(folder);
        let mut entry = Locked {
            key: key.into(),
            name: name.into(),
            alias: (!is_own && name != folder).then(|| folder.into()),
            version: json.version.as_deref().map(|version| Text {
                text: version.into(),
                at: Spot::default(),
            }),
            source: match is_own {
                true => Source::Workspace,
                false => Source::Registry,
            },
            has_install_script: Some(runs_on_install(&json, has_gyp)),
            license: json.license.as_deref().map(Into::into),
            is_platform_bound: !(json.os.is_empty() && json.cpu.is_empty()),
            ..Locked::default()
        };
        let groups = [
            (&json.optional_dependencies, Kind::Optional, true),
            (&json.dependencies, Kind::Production, true),
            (&json.dev_dependencies, Kind::Development, is_own),
            (&json.peer_dependencies, Kind::Peer, true),
        ];
        // Of a name in several lists the first counts, as in npm.
        let mut known = std::collections::HashSet::new();
        let wanted = groups.into_iter().filter(|(_, _, is_wanted)| *is_wanted);
        for (name, spec, kind) in wanted
            .flat_map(|(list, kind, _)| list.iter().map(move |(name, spec)| (name, spec, kind)))
        {
            if name.len() > NAME_LIMIT || !known.insert(name) {
                continue;
            }
            if self.dependencies >= DEPENDENCIES_LIMIT {
                let why =
                    format!("more than {DEPENDENCIES_LIMIT} dependencies: the rest is missing");
                self.unread.push((format!("{key}/package.json"), why));
                break;
            }
            self.dependencies += 1;
            entry.dependencies.push(Dependency {
                name: name.as_str().into(),
                spec: spec.as_str().into(),
                kind,
                at: Spot::default(),
                to: None,
            });
        }
        self.push(key, entry);
    }

    fn push(&mut self, key: &str, entry: Locked) {
        let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.of_path.insert(key.into(), index);
        self.entries.push(entry);
    }

    /// Every link stands for what it leads to, as long as that lies in the project.
    fn follow(&mut self, walk: &mut Walk) {
        let mut next = 0;
        while let Some(link) = self.links.get(next).cloned() {
            next += 1;
            let Some(key) = self.key(&link) else {
                continue;
            };
            let target = match std::fs::canonicalize(&link) {
                Ok(target) => target,
                Err(error) => {
                    self.left_out.push((key, error.to_string()));
                    continue;
                }
            };
            let Some(to) = self.key(&target) else {
                self.outside(key);
                continue;
            };
            if !self.of_path.contains_key(to.as_str()) {
                if !is_folder(&target) {
                    continue;
                }
                walk.package(&target, &mut |found| self.see(found));
                // What it may import lies in it, or beside it in a store of any name.
                let mut folders = vec![target.join("node_modules")];
                let beside = target.ancestors().skip(1);
                let beside =
                    beside.take_while(|above| self.key(above).is_some_and(|key| !key.is_empty()));
                let mut beside = beside.filter(|above| above.ends_with("node_modules"));
                folders.extend(beside.next().map(Path::to_owned));
                for folder in folders.iter().filter(|folder| is_folder(folder)) {
                    walk.folder(folder, &mut |found| self.see(found));
                }
            }
            if let Some(index) = self.of_path.get(to.as_str()).copied() {
                self.of_path.entry(key.into()).or_insert(index);
            }
        }
    }

    fn outside(&mut self, key: String) {
        let name = last_name(&key).unwrap_or(&key);
        let entry = Locked {
            key: key.as_str().into(),
            name: name.into(),
            source: Source::Folder,
            ..Locked::default()
        };
        if !self.of_path.contains_key(key.as_str()) {
            self.push(&key, entry);
        }
        let why = "it leads out of the project, and is not followed";
        self.left_out.push((key, why.to_owned()));
    }

    /// As Node looks: in the `node_modules` beside, then in those above.
    fn connect(&mut self) {
        let mut candidate = String::new();
        for entry in &mut self.entries {
            for dependency in &mut entry.dependencies {
                dependency.to = find(&self.of_path, &entry.key, &dependency.name, &mut candidate);
            }
        }
    }

    /// Stands for the text that a lockfile has: another one, another number of the document.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        for entry in &self.entries {
            let version = entry.version.as_ref().map_or("", Text::as_str);
            let license = entry.license.as_deref().unwrap_or_default();
            for text in [&*entry.key, &entry.name, version, license] {
                add(text);
            }
            for dependency in &entry.dependencies {
                add(&dependency.name);
                add(&format!("{:?} {:?}", dependency.kind, dependency.to));
            }
        }
        lazaret_npm::hex(&hash.finalize())
    }
}

fn find(
    of_path: &HashMap<Box<str>, u32>,
    from: &str,
    name: &str,
    candidate: &mut String,
) -> Option<u32> {
    let mut folder = from;
    loop {
        if folder != "node_modules" && !folder.ends_with("/node_modules") {
            candidate.clear();
            candidate.push_str(folder);
            if !folder.is_empty() {
                candidate.push('/');
            }
            candidate.push_str("node_modules/");
            candidate.push_str(name);
            if let Some(found) = of_path.get(candidate.as_str()) {
                return Some(*found);
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// The name that a path installs: what stands after its last `node_modules/`.
fn last_name(path: &str) -> Option<&str> {
    match path.rsplit_once("/node_modules/") {
        Some((_, name)) => Some(name),
        None => path.strip_prefix("node_modules/"),
    }
}

/// What is asked for as a folder is no workspace, and what it needs for its own development nobody installs.
fn folders(entries: &mut [Locked]) {
    let mut asked = Vec::new();
    for entry in entries.iter() {
        let folders = entry
            .dependencies
            .iter()
            .filter(|dependency| matches!(Source::of_spec(&dependency.spec), Source::Folder));
        asked.extend(folders.filter_map(|dependency| dependency.to));
    }
    for to in asked {
        let entry = &mut entries[to as usize];
        if entry.source == Source::Workspace && !entry.key.is_empty() {
            entry.source = Source::Folder;
            let dependencies = &mut entry.dependencies;
            dependencies.retain(|dependency| dependency.kind != Kind::Development);
        }
    }
}

fn lockfile(entries: Vec<Locked>) -> Lockfile {
    let own = entries.iter().enumerate();
    let own = own.filter(|(_, entry)| entry.source == Source::Workspace);
    let mut lockfile = Lockfile {
        // Its paths are those of a package-lock.
        format: Format::PackageLock,
        version: Text::default(),
        importers: own
            .map(|(index, _)| u32::try_from(index).unwrap_or(u32::MAX))
            .collect(),
        entries,
        settings: Vec::new(),
        legacy: Vec::new(),
        remarks: Vec::new(),
    };
    let reach = lockfile.reach();
    for (index, entry) in lockfile.entries.iter_mut().enumerate() {
        let reached = reach.of(u32::try_from(index).unwrap_or(u32::MAX));
        if entry.source != Source::Workspace && reached.is_reached {
            entry.dev = !reached.by_production;
            entry.optional = !reached.by_required;
        }
    }
    lockfile
}
