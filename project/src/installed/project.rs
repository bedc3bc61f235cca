//! A `node_modules` as a project of its own, whoever made it: by pnpm's lockfile in it, else by the packages that lie there.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use lazaret_npm::lockfile::{Fault, LockfileError, Place, SIZE_LIMIT};

use super::tree::Tree;
use crate::files::{Files, FilesError};
use crate::project::{Project, Unreadable};

/// What pnpm writes into `node_modules`: the lockfile of what lies there.
const PNPM: &str = ".pnpm/lock.yaml";

/// What is installed, in the form of a lockfile.
#[derive(Clone, Debug)]
pub struct InstalledProject {
    /// The folder that `node_modules` lies in.
    pub root: PathBuf,
    pub project: Project,
    /// What is missing for a bound or an error: paths with reasons. With anything in it the project is not whole.
    pub unread: Vec<(String, String)>,
    /// Links that were not followed, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum InstalledError {
    #[error("{0}")]
    Disk(#[from] std::io::Error),
    #[error("{0}")]
    Files(#[from] FilesError),
    /// Its path is from the root on.
    #[error("{}: {}", .0.path, .0.error)]
    Unreadable(Box<Unreadable>),
}

impl InstalledProject {
    /// Reads a folder that is called `node_modules`.
    ///
    /// # Errors
    /// When it is no folder, or pnpm's lockfile in it cannot be understood.
    pub fn read(folder: &Path) -> Result<Self, InstalledError> {
        let folder = std::path::absolute(folder)?;
        let root = std::fs::canonicalize(folder.parent().unwrap_or(&folder))?;
        let lockfile = folder.join(PNPM);
        if std::fs::symlink_metadata(&lockfile).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(Self {
                project: by_lockfile(&root, &lockfile)?,
                root,
                unread: Vec::new(),
                left_out: Vec::new(),
            });
        }
        let tree = Tree::read(&root)?;
        Ok(Self {
            project: tree.project,
            root,
            unread: tree.unread,
            left_out: tree.left_out,
        })
    }
}

fn by_lockfile(root: &Path, lockfile: &Path) -> Result<Project, InstalledError> {
    let path = format!("node_modules/{PNPM}");
    let name = "pnpm-lock.yaml";
    let mut bytes = Vec::new();
    let file = File::open(lockfile)?;
    file.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > SIZE_LIMIT {
        return Err(InstalledError::Unreadable(Box::new(Unreadable {
            path,
            text: String::new(),
            error: LockfileError {
                place: Place { line: 1, column: 1 },
                fault: Fault::TooLarge {
                    size: bytes.len(),
                    limit: SIZE_LIMIT,
                },
            },
        })));
    }
    let mut files = Files::below(root)?;
    files.contents.insert(name.to_owned(), bytes);
    let mut project = Project::read(&files, name).map_err(|mut unreadable| {
        if unreadable.path == name {
            unreadable.path.clone_from(&path);
        }
        InstalledError::Unreadable(Box::new(unreadable))
    })?;
    project.file = path;
    Ok(project)
}

#[cfg(test)]
mod tests;
