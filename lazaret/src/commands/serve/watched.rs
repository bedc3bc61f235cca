//! A file that others replace while we run: noticed by its time and length, taken once it has stopped changing.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often a watched file is looked at. Works on every file system, network mounts included, at a stat a time.
pub(super) const EVERY: Duration = Duration::from_millis(500);

/// A file at one moment; `None` where there is none.
pub(super) type Seen = Option<(PathBuf, SystemTime, u64)>;

/// What was taken and what was seen last.
#[derive(Debug)]
pub(super) struct Watched {
    taken: Seen,
    last: Seen,
}

/// The state of a file.
pub(super) fn look(path: Option<&Path>) -> Seen {
    let path = path?;
    let metadata = std::fs::metadata(path).ok()?;
    Some((path.to_owned(), metadata.modified().ok()?, metadata.len()))
}

impl Watched {
    /// Watches from this state on; to be looked at before the file is read.
    pub(super) fn new(seen: Seen) -> Self {
        Self {
            taken: seen.clone(),
            last: seen,
        }
    }

    /// Whether the file differs from what was taken and was the same at two looks: an editor that empties a file before
    /// it writes must not leave us without rules for a moment.
    pub(super) fn is_new(&mut self, seen: Seen) -> bool {
        let settled = seen == self.last;
        self.last = seen;
        if !settled || self.last == self.taken {
            return false;
        }
        self.taken.clone_from(&self.last);
        true
    }
}
