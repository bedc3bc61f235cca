//! Whole disks, searched for what campaigns leave: malicious versions wherever they lie or are named, files and lines by their
//! hash, strings that survive bundlers, names of droppers. Reads only, follows no link, and says what it did not read.

mod archives;
mod caches;
mod changed;
mod content;
mod hit;
mod lines;
mod locks;
mod look;
mod manifests;
mod mentions;
mod open;
mod packed;
mod place;
mod pnp;
mod sparse;
mod tar;
mod versions;
mod walk;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_policy::indicators::{Indicators, Matcher, Overrides};

pub use hit::{Confidence, Hit, Ran, What};
pub use place::Where;
pub use walk::count_ahead;

/// What one archive may unpack to, whatever its size, in bytes.
pub const UNPACKED: u64 = 1 << 30;

/// Hits that are kept; more mean that the disk is full of them.
const HITS_LIMIT: usize = 100_000;

/// Places that were not read whole and are named; of more only the number is told.
const UNREAD_LIMIT: usize = 2_000;

/// What is searched, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Files and folders. A link among them is followed, all others are not.
    pub roots: &'a [PathBuf],
    pub indicators: &'a Indicators,
    pub matcher: &'a Matcher,
    /// Its malicious versions count like those of campaigns.
    pub advisories: &'a AdvisoryIndex,
    pub overrides: &'a Overrides,
    /// Threads.
    pub jobs: usize,
    /// Hash every file, not only those whose name or size a hash is known for.
    pub hash_all: bool,
    /// Compare what npm installed with the tarballs that its caches hold: those below the roots, and `caches`.
    pub installed: bool,
    /// Folders called `_cacache`.
    pub caches: &'a [PathBuf],
    /// Bytes that are read out of one archive on disk, besides 200 for each of its own: [`UNPACKED`].
    pub unpacked: u64,
    /// Stay on the file systems of the roots.
    pub one_file_system: bool,
    /// Paths that are left out, with all below them.
    pub leave_out: &'a [PathBuf],
    pub now: Timestamp,
}

/// How far it is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    pub files: AtomicU64,
    pub bytes: AtomicU64,
    /// Files that there are, as far as they were counted ahead.
    pub expected: AtomicU64,
    /// All were counted.
    pub is_counted: std::sync::atomic::AtomicBool,
    /// The scan is over: counting ahead stops.
    pub is_over: std::sync::atomic::AtomicBool,
}

/// What was found, and what was not read.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The surest first, then by path.
    pub hits: Vec<Hit>,
    pub counts: Counts,
    /// Places that were not read, or not whole: path and reason, in order of paths. Not escaped.
    pub unread: Vec<(String, String)>,
    /// Hits that an override takes for a false alarm.
    pub overridden: u64,
    installations: Vec<changed::Installation>,
    caches: BTreeSet<PathBuf>,
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub folders: u64,
    /// Files on disk.
    pub files: u64,
    /// Files in archives.
    pub inner_files: u64,
    /// Bytes that were searched: of files, and of files in archives.
    pub bytes: u64,
    pub archives: u64,
    /// `package.json` files with a name and a version.
    pub packages: u64,
    pub lockfiles: u64,
    /// Links, none of which was followed.
    pub links: u64,
    /// Sockets, pipes, devices.
    pub special: u64,
    /// Files that were gone when they should be read.
    pub vanished: u64,
    /// File systems without files, such as /proc.
    pub pseudo_file_systems: u64,
    /// File systems that were left out because of `one_file_system`.
    pub other_file_systems: u64,
    /// Folders and files that were left out by name.
    pub left_out: u64,
    /// Installed packages that were compared with their tarball.
    pub compared: u64,
    /// Those whose tarball is in no cache: whether they were changed is not known.
    pub not_comparable: u64,
    /// Places that were not read, or not whole.
    pub unread: u64,
}

impl Outcome {
    /// Whether everything was read that there was.
    pub fn is_complete(&self) -> bool {
        self.counts.unread == 0
    }

    /// The confidence of the surest hit.
    pub fn surest(&self) -> Option<Confidence> {
        self.hits.iter().map(|hit| hit.confidence).max()
    }

    fn add(&mut self, other: Self) {
        self.hits.extend(other.hits);
        self.unread.extend(other.unread);
        self.overridden += other.overridden;
        self.installations.extend(other.installations);
        self.caches.extend(other.caches);
        self.counts.add(&other.counts);
    }

    fn did_not_read(&mut self, path: &str, why: impl Into<String>) {
        self.counts.unread += 1;
        if self.unread.len() < UNREAD_LIMIT {
            self.unread.push((path.to_owned(), why.into()));
        }
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        let Self {
            folders,
            files,
            inner_files,
            bytes,
            archives,
            packages,
            lockfiles,
            links,
            special,
            vanished,
            pseudo_file_systems,
            other_file_systems,
            left_out,
            compared,
            not_comparable,
            unread,
        } = other;
        self.folders += folders;
        self.files += files;
        self.inner_files += inner_files;
        self.bytes += bytes;
        self.archives += archives;
        self.packages += packages;
        self.lockfiles += lockfiles;
        self.links += links;
        self.special += special;
        self.vanished += vanished;
        self.pseudo_file_systems += pseudo_file_systems;
        self.other_file_systems += other_file_systems;
        self.left_out += left_out;
        self.compared += compared;
        self.not_comparable += not_comparable;
        self.unread += unread;
    }
}

impl Progress {
    fn read(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Searches. Nothing that it meets ends it early: what cannot be read is in [`Outcome::unread`].
pub fn scan(request: &Request<'_>, progress: &Progress) -> Outcome {
    let mut outcome = walk::all(request, progress);
    if request.installed {
        changed::compare(request, &mut outcome);
    }
    progress.is_over.store(true, Ordering::Relaxed);
    caches::settle(&mut outcome.hits);
    outcome.hits.sort_by(Hit::order);
    outcome.hits.dedup();
    outcome.unread.sort();
    outcome.unread.truncate(UNREAD_LIMIT);
    outcome
}

#[cfg(test)]
mod tests;
