//! The file in which it is remembered what was seen: one process at a time, replaced in one step.

use crate::advisory_index::create_private;
use crate::exit::{Exit, Failure};
use crate::replacing;
use anyhow::Context;
use lazaret_npm::Digests;
use lazaret_project::watch::State;
use lazaret_project::watch::state::SIZE_LIMIT;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How the names of files begin that are being written.
const HALF_DONE: &str = ".watch-";

/// The right to write a state.
pub(super) struct Keep {
    path: PathBuf,
    folder: PathBuf,
    /// Held until dropped.
    _lock: File,
}

impl Keep {
    /// The state of a project in a data directory.
    pub(super) fn usual(data: &Path, key: &str) -> PathBuf {
        let mut name = Digests::of(key.as_bytes()).sha256_hex();
        name.truncate(16);
        data.join("watch").join(format!("{name}.json"))
    }

    /// Takes the right to write this file.
    ///
    /// # Errors
    /// When another process has it, or the folder cannot be written.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        create_private(&folder)?;
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock_path = PathBuf::from(lock_path);
        let lock = File::create(&lock_path)
            .with_context(|| format!("cannot write {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Failure::wrong_use(format!(
                    "another `lazaret watch` follows this project ({} is locked)",
                    lock_path.display()
                )));
            }
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(Failure::new(Exit::Incomplete, error));
            }
        }
        let keep = Self {
            path: path.to_owned(),
            folder,
            _lock: lock,
        };
        keep.clear();
        Ok(keep)
    }

    /// What is remembered; nothing if nothing ever was, and an error in words if the file cannot be used: then all is learned anew.
    pub(super) fn read(&self) -> (Option<State>, Option<String>) {
        let mut text = Vec::new();
        let read = File::open(&self.path)
            .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut text));
        let shown = self.path.display();
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => (None, None),
            Err(error) => (None, Some(format!("cannot read {shown}: {error}"))),
            Ok(_) if text.len() as u64 > SIZE_LIMIT => (
                None,
                Some(format!("{shown} has more than {SIZE_LIMIT} bytes")),
            ),
            Ok(_) => match State::parse(&text) {
                Ok(state) => (Some(state), None),
                Err(error) => (
                    None,
                    Some(format!("{shown} is not what a watch writes: {error}")),
                ),
            },
        }
    }

    /// Writes it: beside the old one, flushed, renamed over it.
    ///
    /// # Errors
    /// When that is not possible; the old file is then untouched.
    pub(super) fn write(&self, state: &State) -> anyhow::Result<()> {
        replacing::replace(&self.path, &self.prefix(), &state.to_text()?)
    }

    /// Its own, so that watches of other projects in the folder keep theirs.
    fn prefix(&self) -> String {
        let name = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        format!("{HALF_DONE}{}-", name.unwrap_or_default())
    }

    /// Removes what a killed process left half written.
    fn clear(&self) {
        let prefix = self.prefix();
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
