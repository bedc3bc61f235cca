//! Folders of packages, as every package manager lays them out. Links are told, not followed.

use std::collections::HashSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use lazaret_npm::package_json::PACKAGE_JSON_LIMIT;

/// Deepest `node_modules` in `node_modules`.
const DEPTH_LIMIT: usize = 64;

/// Things in one folder that are looked at.
const ENTRIES_LIMIT: usize = 400_000;

/// Folders that are looked into, those of packages included.
const FOLDERS_LIMIT: usize = 4_000_000;

/// Links that are told.
const LINKS_LIMIT: usize = 2_000_000;

/// Bytes of all `package.json` together.
const BYTES_LIMIT: u64 = 1 << 30;

/// Folders in `node_modules` that hold one folder for each package, which has a `node_modules` of its own.
const STORES: &[&str] = &[".bun", ".pnpm", ".store"];

/// What lies in a `node_modules`.
pub(super) enum Found<'f> {
    Package(Package<'f>),
    /// Where a package should be.
    Link(&'f Path),
}

/// A folder with a `package.json`, whether that could be read or not.
pub(super) struct Package<'f> {
    pub(super) folder: &'f Path,
    pub(super) manifest: Option<&'f [u8]>,
    pub(super) has_gyp: bool,
}

/// A way through them.
pub(super) struct Walk {
    /// A bound was hit, or something could not be read: paths with reasons.
    pub(super) unread: Vec<(String, String)>,
    seen: HashSet<PathBuf>,
    packages: usize,
    packages_left: usize,
    folders_left: usize,
    links_left: usize,
    bytes_left: u64,
    is_full: bool,
}

impl Walk {
    pub(super) fn new(packages: usize) -> Self {
        Self {
            unread: Vec::new(),
            seen: HashSet::new(),
            packages,
            packages_left: packages,
            folders_left: FOLDERS_LIMIT,
            links_left: LINKS_LIMIT,
            bytes_left: BYTES_LIMIT,
            is_full: false,
        }
    }

    /// Looks into one `node_modules` and those in it; into none twice.
    pub(super) fn folder(&mut self, folder: &Path, see: &mut dyn FnMut(Found<'_>)) {
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            if self.is_full || !self.seen.insert(folder.clone()) {
                continue;
            }
            for (path, is_link) in self.entries(&folder) {
                let name = name_of(&path);
                if name.starts_with('@') && !is_link {
                    for (path, is_link) in self.entries(&path) {
                        self.one(&path, is_link, depth, &mut open, see);
                    }
                } else if STORES.contains(&name.as_str()) && !is_link {
                    for (path, _) in self.entries(&path).into_iter().filter(|(_, link)| !link) {
                        let inner = match name_of(&path) == "node_modules" {
                            // What everything in the store may import.
                            true => path,
                            false => path.join("node_modules"),
                        };
                        self.inner(inner, depth, &mut open);
                    }
                } else if !name.starts_with('.') {
                    self.one(&path, is_link, depth, &mut open, see);
                }
            }
        }
    }

    /// Reads the package of one folder.
    pub(super) fn package(&mut self, folder: &Path, see: &mut dyn FnMut(Found<'_>)) {
        let path = folder.join("package.json");
        let manifest = match self.manifest(&path) {
            Ok(bytes) => Some(bytes),
            // Tools keep folders there that are no packages.
            Err(error) if is_nothing(&error) => return,
            Err(error) => {
                let path = path.display().to_string();
                self.unread.push((path, error.to_string()));
                None
            }
        };
        see(Found::Package(Package {
            folder,
            manifest: manifest.as_deref(),
            has_gyp: folder.join("binding.gyp").is_file(),
        }));
    }

    /// A `package.json`, within the bounds of all.
    pub(super) fn manifest(&mut self, path: &Path) -> std::io::Result<Vec<u8>> {
        if !std::fs::symlink_metadata(path)?.is_file() {
            return Err(std::io::Error::other(
                "it is a link or no file, and is not followed",
            ));
        }
        if self.packages_left == 0 || self.bytes_left == 0 {
            let packages = self.packages;
            let what = format!(
                "{packages} packages are installed, or {BYTES_LIMIT} bytes of package.json"
            );
            self.fill(path, &what);
            return Err(ErrorKind::NotFound.into());
        }
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        file.take(PACKAGE_JSON_LIMIT as u64 + 1)
            .read_to_end(&mut bytes)?;
        self.packages_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(bytes.len() as u64);
        Ok(bytes)
    }

    fn one(
        &mut self,
        path: &Path,
        is_link: bool,
        depth: usize,
        open: &mut Vec<(PathBuf, usize)>,
        see: &mut dyn FnMut(Found<'_>),
    ) {
        if self.is_full {
            return;
        }
        if is_link && self.links_left > 0 {
            self.links_left -= 1;
            see(Found::Link(path));
        } else if is_link {
            self.fill(path, &format!("{LINKS_LIMIT} links"));
        } else {
            self.inner(path.join("node_modules"), depth, open);
            self.package(path, see);
        }
    }

    fn inner(&mut self, inner: PathBuf, depth: usize, open: &mut Vec<(PathBuf, usize)>) {
        if !is_folder(&inner) {
            return;
        }
        match depth < DEPTH_LIMIT {
            true => open.push((inner, depth + 1)),
            false => {
                let why = format!("more than {DEPTH_LIMIT} node_modules within each other");
                self.unread.push((inner.display().to_string(), why));
            }
        }
    }

    fn entries(&mut self, folder: &Path) -> Vec<(PathBuf, bool)> {
        let found = entries_in(folder, &mut self.unread);
        match self.folders_left.checked_sub(found.len()) {
            Some(left) => {
                self.folders_left = left;
                found
            }
            None => {
                self.fill(folder, &format!("{FOLDERS_LIMIT} folders"));
                Vec::new()
            }
        }
    }

    /// Nothing more is looked at.
    fn fill(&mut self, path: &Path, what: &str) {
        if !std::mem::replace(&mut self.is_full, true) {
            let why = format!("more than {what}: the rest is missing");
            self.unread.push((path.display().to_string(), why));
        }
    }
}

/// A folder itself, no link to one.
pub(super) fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Folders that are no links, in order.
pub(super) fn folders_in(folder: &Path, unread: &mut Vec<(String, String)>) -> Vec<PathBuf> {
    let entries = entries_in(folder, unread).into_iter();
    let folders = entries.filter(|(_, is_link)| !is_link);
    folders.map(|(path, _)| path).collect()
}

/// Folders and links, in order, and which of them are links.
fn entries_in(folder: &Path, unread: &mut Vec<(String, String)>) -> Vec<(PathBuf, bool)> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Vec::new(),
        Err(error) => {
            unread.push((folder.display().to_string(), error.to_string()));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (index, entry) in entries.enumerate() {
        if index >= ENTRIES_LIMIT {
            let why = format!("it holds more than {ENTRIES_LIMIT} things: the rest is missing");
            unread.push((folder.display().to_string(), why));
            break;
        }
        let kind = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
        match kind {
            Ok((path, kind)) if kind.is_dir() => found.push((path, false)),
            Ok((path, kind)) if kind.is_symlink() => found.push((path, true)),
            Ok(_) => {}
            Err(error) => unread.push((folder.display().to_string(), error.to_string())),
        }
    }
    found.sort();
    found
}

fn is_nothing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
