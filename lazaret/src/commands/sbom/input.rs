//! What a bill of materials is made of: a lockfile, or what lies in a `node_modules`.

use crate::commands::check::lockfile_at;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::surroundings::Surroundings;
use lazaret_project::Project;
use lazaret_project::installed::{InstalledError, InstalledProject};
use std::path::{Path, PathBuf};

/// What npm leaves there: a lockfile.
const OF_NPM: &str = ".package-lock.json";

pub(super) struct Input {
    /// The folder that the lockfile lies in.
    pub(super) root: PathBuf,
    pub(super) project: Project,
    /// Nothing is missing in it.
    pub(super) is_whole: bool,
}

impl Input {
    /// What a path means.
    ///
    /// # Errors
    /// When there is nothing, or it is not understood.
    pub(super) fn at(path: &Path, surroundings: &Surroundings) -> Result<Self, Failure> {
        let full = surroundings.directory.join(path);
        let is_modules = full.ends_with("node_modules") && full.is_dir();
        if !is_modules || full.join(OF_NPM).is_file() {
            let (root, project) = lockfile_at(path, surroundings)?;
            return Ok(Self {
                root,
                project,
                is_whole: true,
            });
        }
        let read = InstalledProject::read(&full).map_err(|error| {
            // As the folder was named.
            let shown = match &error {
                InstalledError::Unreadable(unreadable) => beside(path).join(&unreadable.path),
                _ => path.to_owned(),
            };
            let why = match &error {
                InstalledError::Unreadable(unreadable) => unreadable.error.to_string(),
                other => other.to_string(),
            };
            let error = anyhow::anyhow!("{}: {why}", shown.display());
            Failure::new(Exit::Nothing, error)
        })?;
        for (path, why) in read.left_out.iter().chain(&read.unread) {
            output::warn(&format!("{path}: {why}"));
        }
        Ok(Self {
            is_whole: read.unread.is_empty(),
            root: read.root,
            project: read.project,
        })
    }
}

/// The folder that `node_modules` lies in.
fn beside(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(name) if name == "node_modules" => path.parent().unwrap_or(path).to_owned(),
        _ => path.join(".."),
    }
}
