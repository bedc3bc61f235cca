//! The few files of a repository that say what it installs, read from the disk or from a revision of git.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use lazaret_npm::lockfile;

use crate::{git, glob};

/// Files with their paths from the root on, `/` between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub contents: BTreeMap<String, Vec<u8>>,
    /// Patch files, of which only the names are needed.
    pub patches: BTreeSet<String>,
    /// What could not be read, with the reason: it is not known to be harmless.
    pub unread: Vec<(String, String)>,
}

/// Why the files of a project cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("cannot read {path}: {source}")]
    Disk {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0} has more than {FOLDERS_LIMIT} folders: name the one that holds the lockfile")]
    TooMany(PathBuf),
    #[error("{0}")]
    Git(String),
}

/// Folders that are looked into.
const FOLDERS_LIMIT: usize = 200_000;

/// Deepest folder that is looked into.
const DEPTH_LIMIT: usize = 24;

/// Largest file that is no lockfile, in bytes.
const SMALL_LIMIT: usize = 4 << 20;

/// Files that say where packages come from, or that run when they are installed.
pub(crate) const SETTINGS: &[&str] = &[
    ".npmrc",
    ".pnpmfile.cjs",
    ".pnpmfile.mjs",
    ".yarnrc",
    ".yarnrc.yml",
    "bunfig.toml",
    "pnpm-workspace.yaml",
    "pnpmfile.js",
];

/// Folders that hold what was installed, built or kept by a tool, never a project's own lockfile.
pub(crate) const PASSED_OVER: &[&str] = &[
    ".git",
    ".hg",
    ".pnpm-store",
    ".svn",
    ".yarn",
    "bower_components",
    "node_modules",
];

impl Files {
    /// Those in a folder and below it.
    ///
    /// # Errors
    /// When the folder cannot be read, or has too many folders.
    pub fn below(root: &Path) -> Result<Self, FilesError> {
        let mut files = Self::default();
        let mut folders = vec![(root.to_owned(), String::new(), 0)];
        let mut count = 0;
        while let Some((folder, prefix, depth)) = folders.pop() {
            count += 1;
            if count > FOLDERS_LIMIT {
                return Err(FilesError::TooMany(root.to_owned()));
            }
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(source) if depth == 0 => {
                    return Err(FilesError::Disk {
                        path: folder,
                        source,
                    });
                }
                Err(error) => {
                    files.unread.push((prefix, error.to_string()));
                    continue;
                }
            };
            for entry in entries.map_while(Result::ok) {
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = format!("{prefix}{name}");
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() {
                    if !PASSED_OVER.contains(&name.as_str()) && depth < DEPTH_LIMIT {
                        folders.push((entry.path(), format!("{path}/"), depth + 1));
                    }
                } else if kind.is_file() && wanted(&name) {
                    files.add(path, &entry.path());
                } else if wanted(&name) {
                    // A link could lead out of the project, and its target into an excerpt.
                    let why = "it is a link or no file, and is not followed";
                    files.unread.push((path, why.to_owned()));
                }
            }
        }
        Ok(files)
    }

    /// The wanted files as they were where what is checked out left a revision of git, and what is to be said of that.
    ///
    /// # Errors
    /// When git is not there, does not know the revision, or lacks a file of it.
    pub fn of_base(folder: &Path, revision: &str) -> Result<(Self, Option<String>), FilesError> {
        git::base(folder, revision).map_err(FilesError::Git)
    }

    /// Leaves out what lies in folders of these patterns (`tests/fixtures`, `**/examples/*`), and below them.
    pub fn leave_out(&mut self, patterns: &[String]) {
        if patterns.is_empty() {
            return;
        }
        let is_left_out = |path: &str| {
            let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            folders
                .into_iter()
                .any(|folder| glob::matches(patterns.iter().map(String::as_str), folder))
        };
        self.contents.retain(|path, _| !is_left_out(path));
        self.unread.retain(|(path, _)| !is_left_out(path));
    }

    fn add(&mut self, path: String, file: &Path) {
        if is_patch(&path) {
            self.patches.insert(path);
            return;
        }
        match read(file, limit(&path)) {
            Ok(content) => self.insert(path, content),
            Err(error) => self.unread.push((path, error.to_string())),
        }
    }

    /// Adds a file, unless it is larger than what is read of its kind.
    pub(crate) fn insert(&mut self, path: String, content: Vec<u8>) {
        let limit = limit(&path);
        match content.len() > limit {
            true => self
                .unread
                .push((path, format!("it has more than {limit} bytes"))),
            false => {
                self.contents.insert(path, content);
            }
        }
    }

    /// The text of a file, if it is there and UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        str::from_utf8(self.contents.get(path)?).ok()
    }

    /// Names of the lockfiles that lie in a folder.
    pub fn lockfiles_in<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = &'f str> {
        let names = self.names_in(folder);
        names.filter(|name| lockfile::FILES.contains(name))
    }

    /// Names of the files that lie in a folder.
    pub(crate) fn names_in<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = &'f str> {
        self.contents.keys().filter_map(move |path| {
            let (own, name) = split(path);
            (own == folder).then_some(name)
        })
    }
}

/// The folder, without a slash at its end, and the name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a file of this name matters.
pub(crate) fn wanted(name: &str) -> bool {
    name == "package.json"
        || lockfile::FILES.contains(&name)
        || SETTINGS.contains(&name)
        || is_patch(name)
}

pub(crate) fn is_patch(path: &str) -> bool {
    path.ends_with(".patch")
}

fn limit(path: &str) -> usize {
    match lockfile::FILES.contains(&split(path).1) {
        true => lockfile::SIZE_LIMIT,
        false => SMALL_LIMIT,
    }
}

fn read(file: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let file = File::open(file)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(limit + 1));
    file.take(limit as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_read_and_what_does_not_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        };
        for path in [
            "package.json",
            "app/yarn.lock",
            ".github/actions/x/package-lock.json",
            "app/patches/a.patch",
            "app/index.js",
            "node_modules/a/package-lock.json",
            ".yarn/cache/package.json",
        ] {
            write(path);
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("package-lock.json"))
            .unwrap();
        let files = Files::below(folder.path()).unwrap();
        let read: Vec<&str> = files.contents.keys().map(String::as_str).collect();
        assert_eq!(
            read,
            [
                ".github/actions/x/package-lock.json",
                "app/yarn.lock",
                "package.json"
            ]
        );
        assert!(files.patches.contains("app/patches/a.patch"));
        let mut fewer = files.clone();
        fewer.leave_out(&["**/actions".to_owned()]);
        let read: Vec<&str> = fewer.contents.keys().map(String::as_str).collect();
        assert_eq!(read, ["app/yarn.lock", "package.json"]);
        if cfg!(unix) {
            assert_eq!(
                files.unread[0].0, "package-lock.json",
                "a link is not followed"
            );
        }
    }
}
