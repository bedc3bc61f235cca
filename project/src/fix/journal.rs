//! Files that change together: after a crash at any moment, all of them are old or, after the next start, all are new.
//!
//! The new files are written beside, into `.lazaret-fix/`, and flushed; then the journal that names them takes effect by one
//! rename; then each takes the place of its old one. Whoever finds a journal finishes what it says.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

use lazaret_npm::{Digests, lockfile};
use serde::{Deserialize, Serialize};

use crate::files::split;

/// The folder beside the lockfile; gone when nothing is under way.
pub const FOLDER: &str = ".lazaret-fix";

const JOURNAL: &str = "journal.json";

/// Larger journals are not read.
const MOST_BYTES: u64 = 16 << 20;

/// Why files cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{path}: {source}")]
    Disk {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0} has changed since it was read; nothing was written")]
    Changed(String),
    #[error(
        "an interrupted `lazaret fix` left {FOLDER}, and {0} has been changed since: put it right by hand, then remove {FOLDER}"
    )]
    Conflict(String),
    #[error("{FOLDER} is not what `lazaret fix` writes ({0}): remove it")]
    Strange(String),
    #[error("another `lazaret fix` is at work here")]
    Busy,
}

/// The right to change the files of a project, one process at a time.
#[derive(Debug)]
pub struct Journal {
    root: PathBuf,
    /// Held until dropped.
    _lock: Option<File>,
    /// Files that an interrupted run had begun to change, and that are all new now.
    pub finished: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    files: Vec<Change>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// From the root on.
    path: String,
    /// sha256 of what was there; nothing if nothing was.
    old: Option<String>,
    new: String,
}

impl Journal {
    /// Takes the right, and finishes what an interrupted run began.
    ///
    /// # Errors
    /// When another process has it, or what was begun cannot be finished.
    pub fn open(root: &Path) -> Result<Self, JournalError> {
        let lock = match cfg!(unix) {
            // The folder itself: a file to lock would have to be left behind.
            true => {
                let folder = File::open(root).map_err(|source| disk(root, source))?;
                match folder.try_lock() {
                    Ok(()) => {}
                    Err(fs::TryLockError::WouldBlock) => return Err(JournalError::Busy),
                    Err(fs::TryLockError::Error(source)) => return Err(disk(root, source)),
                }
                Some(folder)
            }
            false => None,
        };
        let mut journal = Self {
            root: root.to_owned(),
            _lock: lock,
            finished: Vec::new(),
        };
        journal.finish()?;
        Ok(journal)
    }

    /// Whether an interrupted run left something to finish; changes nothing.
    pub fn is_pending(root: &Path) -> bool {
        root.join(FOLDER).join(JOURNAL).exists()
    }

    /// Replaces files, all or none. Each comes with what it is now, as it was read; nothing if it is not there yet.
    ///
    /// # Errors
    /// When a file is not what it was, or cannot be written. Once the journal is in force, the next start finishes it.
    pub fn replace(
        &self,
        files: &BTreeMap<String, (Option<Vec<u8>>, Vec<u8>)>,
    ) -> Result<(), JournalError> {
        let mut record = Record {
            schema: 1,
            files: Vec::new(),
        };
        for (path, (old, new)) in files {
            let there = read(&self.target(path)?)?;
            if there.as_deref() != old.as_deref() {
                return Err(JournalError::Changed(path.clone()));
            }
            record.files.push(Change {
                path: path.clone(),
                old: old.as_deref().map(hash),
                new: hash(new),
            });
        }
        let folder = self.root.join(FOLDER);
        fs::create_dir(&folder).map_err(|source| disk(&folder, source))?;
        for (index, (path, (_, new))) in files.iter().enumerate() {
            let beside = self.beside(index);
            write(&beside, new)?;
            let target = self.target(path)?;
            if let Ok(metadata) = fs::metadata(&target) {
                let permissions = metadata.permissions();
                fs::set_permissions(&beside, permissions)
                    .map_err(|source| disk(&beside, source))?;
            }
        }
        let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
        let part = folder.join("journal.part");
        write(&part, &text)?;
        rename(&part, &folder.join(JOURNAL))?;
        flush(&folder)?;
        flush(&self.root)?;
        self.carry_out(&record)
    }

    /// Puts every new file in its place; those that are there already stay.
    fn carry_out(&self, record: &Record) -> Result<(), JournalError> {
        for (index, change) in record.files.iter().enumerate() {
            let beside = self.beside(index);
            if beside.exists() {
                let target = self.target(&change.path)?;
                rename(&beside, &target)?;
                flush(target.parent().unwrap_or(&self.root))?;
            }
        }
        self.clear()
    }

    /// The journal goes first: what is left without it means nothing.
    fn clear(&self) -> Result<(), JournalError> {
        let folder = self.root.join(FOLDER);
        match fs::remove_file(folder.join(JOURNAL)) {
            Ok(()) => flush(&folder)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(disk(&folder, source)),
        }
        fs::remove_dir_all(&folder).map_err(|source| disk(&folder, source))?;
        flush(&self.root)
    }

    fn finish(&mut self) -> Result<(), JournalError> {
        let folder = self.root.join(FOLDER);
        match fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(disk(&folder, source)),
            Ok(found) if !found.is_dir() => {
                return Err(JournalError::Strange("it is no folder".into()));
            }
            Ok(_) => {}
        }
        let path = folder.join(JOURNAL);
        let Some(text) = read(&path)? else {
            // Killed before anything was decided.
            return self.clear();
        };
        let record: Record = serde_json::from_slice(&text)
            .map_err(|error| JournalError::Strange(error.to_string()))?;
        if record.schema != 1 {
            return Err(JournalError::Strange(format!("schema {}", record.schema)));
        }
        for (index, change) in record.files.iter().enumerate() {
            let there = read(&self.target(&change.path)?)?;
            let there = there.as_deref().map(hash);
            if there.as_ref() == Some(&change.new) {
                continue;
            }
            let beside = read(&self.beside(index))?;
            let is_whole = beside.as_deref().map(hash).as_ref() == Some(&change.new);
            if there != change.old || !is_whole {
                return Err(JournalError::Conflict(change.path.clone()));
            }
        }
        self.carry_out(&record)?;
        self.finished = record.files.into_iter().map(|change| change.path).collect();
        Ok(())
    }

    fn beside(&self, index: usize) -> PathBuf {
        self.root.join(FOLDER).join(format!("{index}.new"))
    }

    /// A file of the project: a journal comes with the project, which anybody may have written.
    fn target(&self, path: &str) -> Result<PathBuf, JournalError> {
        let strange = |why: &str| JournalError::Strange(format!("{path}: {why}"));
        let relative = Path::new(path);
        let is_inside = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let name = split(path).1;
        let is_known = matches!(name, "package.json" | "pnpm-workspace.yaml")
            || lockfile::FILES.contains(&name);
        if !is_inside || !is_known {
            return Err(strange("it is no file that is changed here"));
        }
        let target = self.root.join(relative);
        let real = |path: &Path| fs::canonicalize(path).map_err(|source| disk(path, source));
        let parent = real(target.parent().unwrap_or(&self.root))?;
        if !parent.starts_with(real(&self.root)?) {
            return Err(strange("it leads out of the project"));
        }
        match fs::symlink_metadata(&target) {
            Ok(found) if !found.is_file() => Err(strange("it is no file")),
            _ => Ok(target),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    Digests::of(bytes).sha256_hex()
}

fn disk(path: &Path, source: std::io::Error) -> JournalError {
    JournalError::Disk {
        path: path.to_owned(),
        source,
    }
}

/// Nothing if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(disk(path, source)),
    };
    let limit = match path.file_name().is_some_and(|name| name == JOURNAL) {
        true => MOST_BYTES,
        false => 2 * lockfile::SIZE_LIMIT as u64,
    };
    let mut bytes = Vec::new();
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|source| disk(path, source))?;
    Ok(Some(bytes))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let write = || -> std::io::Result<()> {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| disk(path, source))
}

fn rename(from: &Path, to: &Path) -> Result<(), JournalError> {
    fs::rename(from, to).map_err(|source| disk(to, source))
}

/// The rename itself must survive a crash too; only Unix can flush a folder.
fn flush(folder: &Path) -> Result<(), JournalError> {
    if cfg!(unix) {
        let flushed = File::open(folder).and_then(|folder| folder.sync_all());
        flushed.map_err(|source| disk(folder, source))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Files = BTreeMap<String, (Option<Vec<u8>>, Vec<u8>)>;

    fn files(pairs: &[(&str, Option<&str>, &str)]) -> Files {
        let pairs = pairs.iter();
        pairs
            .map(|(path, old, new)| {
                let old = old.map(|old| old.as_bytes().to_vec());
                ((*path).to_owned(), (old, new.as_bytes().to_vec()))
            })
            .collect()
    }

    fn text(root: &Path, path: &str) -> String {
        fs::read_to_string(root.join(path)).unwrap()
    }

    #[test]
    fn files_change_together_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("package.json"), "old").unwrap();
        let journal = Journal::open(root).unwrap();
        assert!(matches!(Journal::open(root), Err(JournalError::Busy)));
        let both = files(&[
            ("package.json", Some("old"), "new"),
            ("pnpm-workspace.yaml", None, "made"),
        ]);
        journal.replace(&both).unwrap();
        assert_eq!(text(root, "package.json"), "new");
        assert_eq!(text(root, "pnpm-workspace.yaml"), "made");
        assert!(!root.join(FOLDER).exists());
        let stale = files(&[("package.json", Some("old"), "newer")]);
        assert!(matches!(
            journal.replace(&stale),
            Err(JournalError::Changed(_))
        ));
        assert_eq!(text(root, "package.json"), "new");
    }

    /// A journal in force with its first file renamed already, as a crash would leave it.
    fn half_done(root: &Path) -> Record {
        fs::write(root.join("package.json"), "new").unwrap();
        fs::write(root.join("yarn.lock"), "old").unwrap();
        fs::create_dir(root.join(FOLDER)).unwrap();
        fs::write(root.join(FOLDER).join("1.new"), "new").unwrap();
        let change = |path: &str| Change {
            path: path.to_owned(),
            old: Some(hash(b"old")),
            new: hash(b"new"),
        };
        Record {
            schema: 1,
            files: vec![change("package.json"), change("yarn.lock")],
        }
    }

    fn put(root: &Path, record: &Record) {
        let text = serde_json::to_string(record).unwrap();
        fs::write(root.join(FOLDER).join(JOURNAL), text).unwrap();
    }

    #[test]
    fn what_was_begun_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, &half_done(root));
        assert!(Journal::is_pending(root));
        let journal = Journal::open(root).unwrap();
        assert_eq!(journal.finished, ["package.json", "yarn.lock"]);
        assert_eq!(text(root, "yarn.lock"), "new");
        assert!(!root.join(FOLDER).exists());
    }

    #[test]
    fn what_was_not_decided_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        half_done(root);
        let journal = Journal::open(root).unwrap();
        assert!(journal.finished.is_empty());
        assert_eq!(text(root, "yarn.lock"), "old");
        assert!(!root.join(FOLDER).exists());
    }

    #[test]
    fn nothing_is_overwritten_that_somebody_changed_since() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, &half_done(root));
        fs::write(root.join("yarn.lock"), "mine").unwrap();
        assert!(matches!(
            Journal::open(root),
            Err(JournalError::Conflict(_))
        ));
        assert_eq!(text(root, "yarn.lock"), "mine");
    }

    #[test]
    fn a_journal_of_a_stranger_reaches_nothing_else() {
        for path in [
            "../package.json",
            "/etc/package.json",
            "src/index.js",
            ".git/config",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().join("project");
            fs::create_dir(&root).unwrap();
            let mut record = half_done(&root);
            record.files[0].path = path.to_owned();
            put(&root, &record);
            let opened = Journal::open(&root);
            assert!(
                matches!(opened, Err(JournalError::Strange(_))),
                "{path}: {opened:?}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("package.json"), "old").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::os::unix::fs::symlink(outside.path(), root.join("packages")).unwrap();
        let journal = Journal::open(root).unwrap();
        let one = files(&[("packages/package.json", Some("old"), "new")]);
        assert!(matches!(
            journal.replace(&one),
            Err(JournalError::Strange(_))
        ));
        assert_eq!(text(outside.path(), "package.json"), "old");
    }
}
