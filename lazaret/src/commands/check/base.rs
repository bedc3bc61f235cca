//! The state before a change.

use super::Check;
use crate::exit::Failure;
use lazaret_project::{Files, Project};
use std::path::Path;

/// Where the lockfiles of before come from.
pub(super) enum Base {
    None,
    /// The files of a revision.
    Revision(Files),
    /// One file in the place of the one lockfile.
    File(Vec<u8>),
}

/// One lockfile as it was.
pub(super) enum Before {
    /// Nobody asked.
    NotAsked,
    /// It did not exist.
    New,
    Read(Box<Project>),
    /// It was there, but could not be understood.
    Unreadable(String),
}

impl Base {
    /// `warnings` get what a reader of the result has to know of it.
    pub(super) fn of(
        check: &Check,
        root: &Path,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        if let Some(revision) = &check.base {
            let (files, note) = Files::of_base(root, revision).map_err(Failure::wrong_use)?;
            warnings.extend(note);
            return Ok(Self::Revision(files));
        }
        if let Some(path) = &check.base_file {
            let bytes = std::fs::read(path).map_err(|error| {
                Check::wrong(format!("cannot read {}: {error}", path.display()))
            })?;
            return Ok(Self::File(bytes));
        }
        Ok(Self::None)
    }

    pub(super) fn before(&self, now: &Files, path: &str) -> Before {
        let files = match self {
            Self::None => return Before::NotAsked,
            Self::Revision(files) if !files.contents.contains_key(path) => return Before::New,
            Self::Revision(files) => files,
            Self::File(bytes) => {
                let mut files = now.clone();
                files.contents.insert(path.to_owned(), bytes.clone());
                return read(&files, path);
            }
        };
        read(files, path)
    }
}

fn read(files: &Files, path: &str) -> Before {
    match Project::read(files, path) {
        Ok(project) => Before::Read(Box::new(project)),
        Err(unreadable) => Before::Unreadable(format!("{}: {}", unreadable.path, unreadable.error)),
    }
}
