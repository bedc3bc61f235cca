//! What lies installed beside a lockfile: every layout of `node_modules` (nested ones, the stores of pnpm, bun and npm), and
//! the archives of yarn. Only what each package says of itself in its `package.json` is read, and sizes.

mod archive;
mod project;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lazaret_npm::PackageJson;

pub use project::{InstalledError, InstalledProject};
use walk::{Found, Walk, folders_in};

/// Packages that are read.
const PACKAGES_LIMIT: usize = 400_000;

/// Files that are counted of one package.
const FILES_LIMIT: usize = 200_000;

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
        let mut walk = Walk::new(PACKAGES_LIMIT.saturating_sub(self.packages.len()));
        walk.folder(folder, &mut |found| {
            // Links lead to what is found elsewhere.
            if let Found::Package(package) = found
                && let Some(manifest) = package.manifest
            {
                let lies = Lies::Folder(package.folder.to_owned());
                self.add(manifest, package.has_gyp, lies);
            }
        });
        self.unread.append(&mut walk.unread);
    }

    /// One that cannot be read says nothing of itself.
    fn add(&mut self, manifest: &[u8], has_gyp: bool, lies: Lies) {
        let Ok(json) = PackageJson::parse(manifest) else {
            return;
        };
        let (Some(name), Some(version)) = (json.name.clone(), json.version.clone()) else {
            return;
        };
        let has_install_script = runs_on_install(&json, has_gyp);
        let commands: BTreeSet<String> = json.bin.iter().map(|(name, _)| name.clone()).collect();
        let copy = Copy {
            lies,
            license: json.license,
            commands: commands.into_iter().collect(),
            has_install_script,
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

/// By its scripts, or by what npm runs where nothing else is said.
fn runs_on_install(json: &PackageJson, has_gyp: bool) -> bool {
    let mut scripts = INSTALL_SCRIPTS.iter();
    scripts.any(|name| json.script(name).is_some()) || has_gyp && json.gypfile != Some(false)
}

/// A folder of a lockfile's own words stays below the lockfile.
fn is_inside(path: &str) -> bool {
    let parts = Path::new(path).components();
    !path.is_empty()
        && parts
            .into_iter()
            .all(|part| matches!(part, std::path::Component::Normal(_)))
}
