//! The advisory index as a file: `DATA/advisories.index`. Replaced in one step, by one process at a time, seen by a
//! running `lazaret serve` within a second.

use crate::replacing;
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use lazaret_policy::AdvisoryIndex;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const REMEDY: &str = "run `lazaret advisories sync` or `lazaret advisories import PATH`";

/// The public databases gain npm records every day: an index whose newest record is older misses some.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// No index is that large; the one of October 2026 had 15 MB.
const MOST_BYTES: u64 = 1 << 30;

/// How the names of files begin that are being written.
const HALF_DONE: &str = ".advisories-";

/// Where the index of a data directory is.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("advisories.index")
}

/// Reads and checks the index; `None` if nothing was ever imported.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub(crate) fn read(data: &Path) -> Result<Option<AdvisoryIndex>> {
    let path = path(data);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length > MOST_BYTES {
        bail!("{} is larger than 1 GiB, which no index is", path.display());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let index = AdvisoryIndex::from_bytes(bytes).with_context(|| path.display().to_string())?;
    Ok(Some(index))
}

/// Creates the data directory where it is missing, for this user alone.
///
/// # Errors
/// When that is not possible.
pub(crate) fn create_private(data: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .recursive(true)
        .create(data)
        .with_context(|| format!("cannot create the data directory {}", data.display()))
}

/// The right to replace the index: one import or sync at a time, the next waits.
pub(crate) struct Change {
    data: PathBuf,
    /// Held until dropped.
    _lock: File,
}

impl Change {
    /// Creates the data directory where it is missing, and waits for other changes to end.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(crate) fn begin(data: &Path) -> Result<Self> {
        let shown = data.display();
        create_private(data)?;
        let lock = File::create(data.join("advisories.lock"))
            .with_context(|| format!("cannot write to {shown}"))?;
        lock.lock()
            .with_context(|| format!("cannot lock {shown}"))?;
        remove_leftovers(data).with_context(|| format!("cannot clear {shown}"))?;
        Ok(Self {
            data: data.to_owned(),
            _lock: lock,
        })
    }

    /// Puts these bytes in place of the index.
    ///
    /// # Errors
    /// When they cannot be written; the old index is then untouched.
    pub(crate) fn replace(&self, bytes: &[u8]) -> Result<()> {
        self.write(&path(&self.data), bytes)
    }

    /// Writes a file of the data directory, as [`replacing::replace`] does.
    ///
    /// # Errors
    /// When that is not possible; the old file is then untouched.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        replacing::replace(path, HALF_DONE, bytes)
    }
}

/// Removes what a process that was killed while it held the lock left behind.
fn remove_leftovers(data: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(HALF_DONE) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Why the index cannot be relied on for what is new, in words for everyone; `None` if it can.
pub(crate) fn complaint(index: Option<&AdvisoryIndex>, now: Timestamp) -> Option<String> {
    match index.and_then(AdvisoryIndex::newest_modified) {
        None => Some(format!(
            "there are no advisories: known malicious versions are NOT recognised; {REMEDY}"
        )),
        Some(newest) if now.duration_since(newest) > STALE_AFTER => Some(old(newest, now)),
        Some(_) => None,
    }
}

/// What advisories do not tell whose newest is of `newest`.
pub(crate) fn old(newest: Timestamp, now: Timestamp) -> String {
    format!(
        "the advisories are {} old: what was reported since then is NOT recognised; {REMEDY}",
        age(newest, now)
    )
}

/// `3 days`, `2 hours`: how long ago something was, in its largest unit.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins().max(0);
    let (count, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
