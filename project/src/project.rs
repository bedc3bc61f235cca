//! One lockfile with everything beside it that says what it means.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::{self, Format, Lockfile, LockfileError, Manifest, Reach, Spot, yaml};

use crate::files::{Files, SETTINGS, split};
use crate::glob;

/// A lockfile that was understood, and its surroundings.
#[derive(Clone, Debug)]
pub struct Project {
    /// From the root on, without a slash at its end; empty for the root.
    pub folder: String,
    /// The lockfile's name.
    pub file: String,
    pub text: String,
    pub lockfile: Lockfile,
    pub reach: Reach,
    /// The root's first; each with its text.
    pub manifests: Vec<(Manifest, String)>,
    /// `.npmrc` and their like, with their texts.
    pub settings: BTreeMap<String, String>,
    /// Other lockfiles in the folder.
    pub siblings: Vec<String>,
    /// Those of them that were not understood, where all lockfiles were read together.
    pub unread_siblings: BTreeSet<String>,
    /// Patch files below the folder, from it on.
    pub patches: Vec<String>,
    /// Folders below that have a lockfile of this name themselves, from the folder on.
    pub nested: BTreeSet<String>,
    /// There is no lockfile: the entries are what lies in `node_modules`, and the text only stands for them.
    pub is_installed: bool,
}

/// A file that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// From the root on.
    pub path: String,
    /// Its text, as far as there is one, for an excerpt.
    pub text: String,
    pub error: LockfileError,
}

impl Project {
    /// Every lockfile of these files, ordered by path. One beside an npm-shrinkwrap.json that npm does not read is there too.
    pub fn all(files: &Files) -> Vec<Result<Self, Unreadable>> {
        let paths = files.contents.keys();
        let paths = paths.filter(|path| lockfile::FILES.contains(&split(path).1));
        let paths: Vec<&String> = paths.collect();
        let read = paths.iter().map(|path| Self::read(files, path));
        let mut all: Vec<Result<Self, Unreadable>> = read.collect();
        let mut unread: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (path, _) in paths.iter().zip(&all).filter(|(_, read)| read.is_err()) {
            let (folder, name) = split(path);
            unread.entry(folder).or_default().insert(name.to_owned());
        }
        for project in all.iter_mut().flatten() {
            let beside = unread.get(project.folder.as_str());
            project.unread_siblings = beside.cloned().unwrap_or_default();
        }
        all
    }

    /// The lockfile at this path.
    pub fn read(files: &Files, path: &str) -> Result<Self, Unreadable> {
        let (folder, file) = split(path);
        let bytes = files
            .contents
            .get(path)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let unreadable = |path: &str, bytes: &[u8], error| Unreadable {
            path: path.to_owned(),
            text: String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]).into_owned(),
            error,
        };
        let manifests = manifests(files, folder)
            .map_err(|(path, error)| unreadable(&path, &files.contents[&path], error))?;
        let plain: Vec<Manifest> = manifests
            .iter()
            .map(|(manifest, _)| manifest.clone())
            .collect();
        let lockfile =
            Lockfile::parse(file, bytes, &plain).map_err(|error| unreadable(path, bytes, error))?;
        let below = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let settings = SETTINGS.iter().filter_map(|name| {
            let text = files.text(&format!("{below}{name}"))?;
            Some(((*name).to_owned(), text.to_owned()))
        });
        let names: Vec<&str> = files.names_in(folder).collect();
        let siblings = names
            .into_iter()
            .filter(|name| *name != file && lockfile::FILES.contains(name));
        let patches = files
            .patches
            .iter()
            .filter_map(|path| path.strip_prefix(&below));
        let nested = files.contents.keys().filter_map(|path| {
            let (own, name) = split(path.strip_prefix(&below)?);
            (name == file && !own.is_empty()).then(|| own.to_owned())
        });
        Ok(Self {
            nested: nested.collect(),
            unread_siblings: BTreeSet::new(),
            settings: settings.collect(),
            siblings: siblings.map(str::to_owned).collect(),
            patches: patches.map(str::to_owned).collect(),
            folder: folder.to_owned(),
            file: file.to_owned(),
            text: String::from_utf8_lossy(bytes).into_owned(),
            reach: lockfile.reach(),
            lockfile,
            manifests,
            is_installed: false,
        })
    }

    /// From the root on.
    pub fn path(&self) -> String {
        self.path_of(&self.file)
    }

    /// The path of another file of this project.
    pub fn path_of(&self, file: &str) -> String {
        match self.folder.as_str() {
            "" => file.to_owned(),
            folder => format!("{folder}/{file}"),
        }
    }

    /// The root's own manifest.
    pub fn manifest(&self) -> Option<&Manifest> {
        let mut manifests = self.manifests.iter();
        manifests
            .find(|(manifest, _)| manifest.path.is_empty())
            .map(|(manifest, _)| manifest)
    }

    /// Patterns of the folders that the package manager which wrote the lockfile takes for parts of the project: pnpm reads
    /// its own file, the others the root's `package.json`.
    pub(crate) fn workspace_patterns(&self) -> Vec<String> {
        match self.lockfile.format {
            Format::Pnpm => {
                let text = self.settings.get("pnpm-workspace.yaml");
                text.map(|text| pnpm_patterns(text)).unwrap_or_default()
            }
            // Version 1 of npm's is older than its workspaces.
            Format::PackageLock if &*self.lockfile.version.text == "1" => Vec::new(),
            _ => {
                let manifest = self.manifest();
                let patterns = manifest.map(|manifest| manifest.workspaces.as_slice());
                let patterns = patterns.unwrap_or_default().iter();
                patterns.map(|pattern| pattern.text.to_string()).collect()
            }
        }
    }

    /// How the project calls itself.
    pub fn name(&self) -> Option<&str> {
        let own = self.manifest().and_then(|manifest| manifest.name.as_ref());
        own.map(lazaret_npm::lockfile::Text::as_str)
    }

    /// `name@version` of each step from the project to an entry, the project's own name left out.
    pub fn way_to(&self, entry: u32) -> Vec<String> {
        let path = self.reach.path(entry);
        let steps = path
            .iter()
            .map(|step| &self.lockfile.entries[*step as usize]);
        steps
            .enumerate()
            .filter(|(index, step)| *index > 0 || !step.key.is_empty())
            .map(|(_, step)| step.id())
            .collect()
    }
}

/// The manifests of a folder and its workspaces, the folder's own first.
fn manifests(
    files: &Files,
    folder: &str,
) -> Result<Vec<(Manifest, String)>, (String, LockfileError)> {
    let below = match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    let parse = |path: &str, relative: &str| {
        let bytes = &files.contents[path];
        let manifest =
            Manifest::parse(relative, bytes).map_err(|error| (path.to_owned(), error))?;
        Ok((manifest, String::from_utf8_lossy(bytes).into_owned()))
    };
    let root = format!("{below}package.json");
    let mut found = Vec::new();
    if files.contents.contains_key(&root) {
        found.push(parse(&root, "")?);
    }
    let mut patterns: Vec<String> = Vec::new();
    if let Some((own, _)) = found.first() {
        patterns.extend(
            own.workspaces
                .iter()
                .map(|pattern| pattern.text.to_string()),
        );
    }
    if let Some(text) = files.text(&format!("{below}pnpm-workspace.yaml")) {
        patterns.extend(pnpm_patterns(text));
    }
    if patterns.is_empty() {
        return Ok(found);
    }
    for path in files.contents.keys() {
        let Some(inner) = path.strip_prefix(&below) else {
            continue;
        };
        let (own, name) = split(inner);
        let is_workspace = name == "package.json"
            && !own.is_empty()
            && glob::matches(patterns.iter().map(String::as_str), own);
        if is_workspace {
            found.push(parse(path, own)?);
        }
    }
    Ok(found)
}

/// A file that cannot be read has no patterns here; what needs it says so.
fn pnpm_patterns(text: &str) -> Vec<String> {
    let documents = yaml::parse(text).unwrap_or_default();
    let packages = documents.first().and_then(|root| root.get("packages"));
    let items = packages.map(|node| node.items()).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str())
        .map(str::to_owned)
        .collect()
}

/// A place that is the whole file.
pub(crate) const NOWHERE: Spot = Spot { start: 0, end: 0 };
