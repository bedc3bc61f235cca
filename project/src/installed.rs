//! What lies installed beside a lockfile: every layout of `node_modules` (nested ones, the stores of pnpm, bun and npm), and
//! the archives of yarn. Only what each package says of itself in its `package.json` is read, and sizes.

mod archive;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use lazaret_npm::PackageJson;
use lazaret_npm::package_json::PACKAGE_JSON_LIMIT;

/// Packages that are read.
const PACKAGES_LIMIT: usize = 400_000;

/// Deepest `node_modules` in `node_modules`.
const DEPTH_LIMIT: usize = 64;

/// Files that are counted of one package.
const FILES_LIMIT: usize = 200_000;

/// Folders in `node_modules` that hold one folder for each package, which has a `node_modules` of its own.
const STORES: &[&str] = &[".bun", ".pnpm", ".store"];

/// Scripts that run when a package is installed.
const INSTALL_SCRIPTS: &[&str] = &["preinstall", "install", "postinstall"];

/// Packages by name and version. Of several copies the first in order of paths.
#[derive(Clone, Debug, Default)]
pub struct Installed {
    packages: BTreeMap<(String, String), Copy>,
    /// A bound was hit, or something could not be read: paths with reasons.
    pub unread: Vec<(String, String)>,
}

/// One package as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    lies: Lies,
    /// As the package writes it.
    pub license: Option<String>,
    /// Names of its commands.
    pub commands: Vec<String>,
    pub has_install_script: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lies {
    Folder(PathBuf),
    /// Of an archive, with the bytes of all its files.
    Archive(u64),
}

impl Installed {
    /// Looks into the folder of a lockfile and those of its workspaces, given from it on.
    pub fn below(root: &Path, workspaces: &[String]) -> Self {
        let mut installed = Self::default();
        let own = workspaces.iter().filter(|path| is_inside(path));
        for folder in std::iter::once(root.to_owned()).chain(own.map(|path| root.join(path))) {
            installed.folder(&folder.join("node_modules"));
        }
        installed.archives(root);
        installed
    }

    /// What lies in one `node_modules`.
    pub fn in_folder(folder: &Path) -> Self {
        let mut installed = Self::default();
        installed.folder(folder);
        installed
    }

    pub fn get(&self, name: &str, version: &str) -> Option<&Copy> {
        self.packages.get(&(name.to_owned(), version.to_owned()))
    }

    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    fn folder(&mut self, folder: &Path) {
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            for path in folders_in(&folder, &mut self.unread) {
                let name = name_of(&path);
                if name.starts_with('@') {
                    for path in folders_in(&path, &mut self.unread) {
                        self.package(&path, depth, &mut open);
                    }
                } else if STORES.contains(&name.as_str()) {
                    let stored = folders_in(&path, &mut self.unread).into_iter();
                    open.extend(stored.map(|path| (path.join("node_modules"), depth + 1)));
                } else if !name.starts_with('.') {
                    self.package(&path, depth, &mut open);
                }
                if self.packages.len() > PACKAGES_LIMIT {
                    let why = format!("more than {PACKAGES_LIMIT} packages are installed");
                    self.unread.push((folder.display().to_string(), why));
                    return;
                }
            }
        }
    }

    fn package(&mut self, folder: &Path, depth: usize, open: &mut Vec<(PathBuf, usize)>) {
        let inner = folder.join("node_modules");
        if inner.is_dir() {
            match depth < DEPTH_LIMIT {
                true => open.push((inner, depth + 1)),
                false => {
                    let why = format!("more than {DEPTH_LIMIT} node_modules within each other");
                    self.unread.push((inner.display().to_string(), why));
                }
            }
        }
        let manifest = folder.join("package.json");
        match read(&manifest) {
            Ok(bytes) => {
                let has_gyp = folder.join("binding.gyp").is_file();
                self.add(&bytes, has_gyp, Lies::Folder(folder.to_owned()));
            }
            // Tools keep folders there that are no packages.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let path = manifest.display().to_string();
                self.unread.push((path, error.to_string()));
            }
        }
    }

    /// One that cannot be read says nothing of itself.
    fn add(&mut self, manifest: &[u8], has_gyp: bool, lies: Lies) {
        let Ok(json) = PackageJson::parse(manifest) else {
            return;
        };
        let (Some(name), Some(version)) = (json.name.clone(), json.version.clone()) else {
            return;
        };
        let scripts = INSTALL_SCRIPTS
            .iter()
            .any(|name| json.script(name).is_some());
        let commands: BTreeSet<String> = json.bin.iter().map(|(name, _)| name.clone()).collect();
        let copy = Copy {
            lies,
            license: json.license,
            commands: commands.into_iter().collect(),
            // What npm runs where nothing else is said.
            has_install_script: scripts || has_gyp && json.gypfile != Some(false),
        };
        match self.packages.entry((name, version)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(copy);
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                if copy.path() < known.get().path() {
                    known.insert(copy);
                }
            }
        }
    }
}

impl Copy {
    fn path(&self) -> &Path {
        match &self.lies {
            Lies::Folder(path) => path,
            Lies::Archive(_) => Path::new(""),
        }
    }

    /// The bytes of its files, what is installed in it for itself left out; nothing if not all could be counted.
    pub fn bytes(&self) -> Option<u64> {
        let root = match &self.lies {
            Lies::Folder(path) => path,
            Lies::Archive(bytes) => return Some(*bytes),
        };
        let (mut bytes, mut files) = (0_u64, 0);
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).ok()? {
                let entry = entry.ok()?;
                let kind = entry.file_type().ok()?;
                files += 1;
                if files > FILES_LIMIT {
                    return None;
                }
                if kind.is_dir() && entry.file_name() != "node_modules" {
                    open.push(entry.path());
                } else if kind.is_file() {
                    bytes = bytes.saturating_add(entry.metadata().ok()?.len());
                }
            }
        }
        Some(bytes)
    }
}

/// Folders that are no links, in order; links lead to what is found elsewhere.
fn folders_in(folder: &Path, unread: &mut Vec<(String, String)>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            unread.push((folder.display().to_string(), error.to_string()));
            return Vec::new();
        }
    };
    let folders = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        entry.file_type().ok()?.is_dir().then(|| entry.path())
    });
    let mut folders: Vec<PathBuf> = folders.collect();
    folders.sort();
    folders
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A folder of a lockfile's own words stays below the lockfile.
fn is_inside(path: &str) -> bool {
    let parts = Path::new(path).components();
    !path.is_empty()
        && parts
            .into_iter()
            .all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(PACKAGE_JSON_LIMIT as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
