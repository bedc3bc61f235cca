//! Goes through folders with several threads. Links are counted and not followed, so there are no loops; file systems that
//! hold no files (/proc) are passed over.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::look::Looker;
use super::{Outcome, Progress, Request};

/// Files that one thread takes at a time, of folders that have more.
const BATCH: usize = 64;

/// Deepest folder: no tool makes deeper ones, and paths end at 4,096 bytes.
const DEPTH: usize = 2_000;

enum Job {
    Folder {
        path: PathBuf,
        /// Of the folder above.
        device: u64,
        depth: usize,
    },
    Files {
        folder: Arc<PathBuf>,
        names: Vec<OsString>,
    },
}

/// What is still to be done. Folders that were found last come first: that keeps the list short.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    /// Threads that may still add jobs.
    busy: usize,
}

impl Queue {
    fn add(&self, jobs: impl IntoIterator<Item = Job>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.jobs.extend(jobs);
        self.changed.notify_all();
    }

    /// The next job; nothing once all is done.
    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = state.jobs.pop() {
                state.busy += 1;
                return Some(job);
            }
            if state.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy -= 1;
        if state.busy == 0 && state.jobs.is_empty() {
            self.changed.notify_all();
        }
    }
}

/// Says that a job is done, also where it ended in a panic.
struct Done<'q>(&'q Queue);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.done();
    }
}

pub(super) fn all(request: &Request<'_>, progress: &Progress) -> Outcome {
    let queue = Queue::default();
    let mut outcome = Outcome::default();
    for root in roots(request) {
        match std::fs::metadata(&root) {
            Ok(metadata) if metadata.is_dir() => queue.add([Job::Folder {
                device: device(&metadata),
                path: root,
                depth: 0,
            }]),
            Ok(_) => {
                let name = root.file_name().map(OsString::from);
                let folder = root.parent().unwrap_or(Path::new(""));
                // A link that was named is followed, its target read by its own name.
                let target = std::fs::canonicalize(&root);
                let (folder, name) = match (&target, name) {
                    (Ok(target), _) if is_link(&root) => (
                        target.parent().unwrap_or(Path::new("")),
                        target.file_name().map(OsString::from),
                    ),
                    (_, name) => (folder, name),
                };
                queue.add(name.map(|name| Job::Files {
                    folder: Arc::new(folder.to_owned()),
                    names: vec![name],
                }));
            }
            Err(error) => outcome.did_not_read(&root.to_string_lossy(), error.to_string()),
        }
    }
    let left_out: BTreeSet<&Path> = request.leave_out.iter().map(PathBuf::as_path).collect();
    let outcomes = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..request.jobs.max(1))
            .map(|_| scope.spawn(|| work(request, progress, &queue, &left_out)))
            .collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.collect::<Vec<_>>()
    });
    for one in outcomes {
        match one {
            Ok(one) => outcome.add(one),
            // A thread that broke takes what it found with it: that must be seen.
            Err(_) => {
                outcome.did_not_read("", "a thread of the scan broke: part of the result is lost")
            }
        }
    }
    outcome
}

fn work(
    request: &Request<'_>,
    progress: &Progress,
    queue: &Queue,
    left_out: &BTreeSet<&Path>,
) -> Outcome {
    be_nice();
    let mut looker = Looker::new(request, progress);
    while let Some(job) = queue.next() {
        let _done = Done(queue);
        match job {
            Job::Folder {
                path,
                device,
                depth,
            } => folder(&mut looker, queue, left_out, (path, device, depth)),
            Job::Files { folder, names } => {
                for name in names {
                    let path = folder.join(name);
                    // One hostile file must not take the others with it.
                    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        looker.file(&path);
                    }));
                    if looked.is_err() {
                        looker
                            .outcome
                            .did_not_read(&path.to_string_lossy(), "the scan broke at this file");
                    }
                }
            }
        }
    }
    looker.outcome
}

fn folder(
    looker: &mut Looker<'_>,
    queue: &Queue,
    left_out: &BTreeSet<&Path>,
    (path, above, depth): (PathBuf, u64, usize),
) {
    let shown = || path.to_string_lossy().into_owned();
    if depth > DEPTH {
        return looker
            .outcome
            .did_not_read(&shown(), "it lies too deep to be looked into");
    }
    let metadata = match std::fs::symlink_metadata(&path) {
        Ok(metadata) if depth > 0 && !metadata.is_dir() => {
            // It was a folder a moment ago.
            looker.outcome.counts.vanished += 1;
            return;
        }
        Ok(_) if depth == 0 => std::fs::metadata(&path),
        other => other,
    };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) => return looker.unreadable(&shown(), &error),
    };
    let own = device(&metadata);
    if own != above || depth == 0 {
        if is_pseudo(&path) {
            looker.outcome.counts.pseudo_file_systems += 1;
            return;
        }
        if own != above && looker.request.one_file_system {
            looker.outcome.counts.other_file_systems += 1;
            return;
        }
    }
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) => return looker.unreadable(&shown(), &error),
    };
    looker.outcome.counts.folders += 1;
    if looker.request.installed && path.ends_with("_cacache/content-v2") {
        let cache = path.parent().map(Path::to_owned);
        looker.outcome.caches.extend(cache);
    }
    let mut folders = Vec::new();
    let mut names: Vec<OsString> = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                looker.unreadable(&shown(), &error);
                continue;
            }
        };
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => {
                looker.unreadable(&entry.path().to_string_lossy(), &error);
                continue;
            }
        };
        if !left_out.is_empty() && left_out.contains(entry.path().as_path()) {
            looker.outcome.counts.left_out += 1;
        } else if kind.is_dir() {
            folders.push(Job::Folder {
                path: entry.path(),
                device: own,
                depth: depth + 1,
            });
        } else if kind.is_file() {
            names.push(entry.file_name());
        } else if kind.is_symlink() {
            looker.outcome.counts.links += 1;
        } else {
            looker.outcome.counts.special += 1;
        }
    }
    let here = Arc::new(path);
    let batches = names.chunks(BATCH).map(|names| Job::Files {
        folder: Arc::clone(&here),
        names: names.to_vec(),
    });
    queue.add(folders.into_iter().chain(batches));
}

/// Roots that are not read with another one, each once, without those that are left out.
fn roots(request: &Request<'_>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    let mut sorted: Vec<&PathBuf> = request.roots.iter().collect();
    sorted.sort();
    for root in sorted {
        // What lies in a folder that is left out is read if it is named itself.
        let is_left_out_above = |known: &PathBuf| {
            let mut above = request.leave_out.iter();
            above.any(|path| root.starts_with(path) && path.starts_with(known))
        };
        let is_read = |known: &PathBuf| root.starts_with(known) && !is_left_out_above(known);
        if !kept.iter().any(is_read) && !request.leave_out.contains(root) {
            kept.push(root.clone());
        }
    }
    kept
}

fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}

/// Whether a folder is of a file system that the kernel makes up: reading there waits, or never ends.
#[cfg(target_os = "linux")]
fn is_pseudo(path: &Path) -> bool {
    /// proc, sysfs, devpts, cgroup, cgroup2, debugfs, tracefs, securityfs, pstore, mqueue, configfs, fusectl, binfmt_misc.
    const PSEUDO: &[i128] = &[
        0x9fa0,
        0x6265_6572,
        0x1cd1,
        0x0027_e0eb,
        0x6367_7270,
        0x6462_6720,
        0x7472_6163,
        0x7363_6673,
        0x6165_676c,
        0x1980_0202,
        0x6265_6570,
        0x6573_5543,
        0x4249_4e4d,
    ];
    rustix::fs::statfs(path).is_ok_and(|system| PSEUDO.contains(&i128::from(system.f_type)))
}

#[cfg(not(target_os = "linux"))]
fn is_pseudo(_: &Path) -> bool {
    false
}

/// Lets everybody else go first. Linux takes the priority of reads and writes from it, too, thread by thread.
#[cfg(target_os = "linux")]
fn be_nice() {
    let _ = rustix::process::setpriority_process(None, 10);
}

#[cfg(not(target_os = "linux"))]
fn be_nice() {}

/// Counts the files that there are, so that somebody can be told how long it takes. Reads folders only.
pub fn count_ahead(request: &Request<'_>, progress: &Progress) {
    let mut folders = roots(request);
    let mut last = None;
    while let Some(folder) = folders.pop() {
        if progress.is_over.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(metadata) = std::fs::metadata(&folder) {
            let own = device(&metadata);
            if last != Some(own) && is_pseudo(&folder) {
                continue;
            }
            last = Some(own);
        }
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut files = 0;
        for entry in entries.map_while(Result::ok) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    let path = entry.path();
                    if !request.leave_out.contains(&path) {
                        folders.push(path);
                    }
                }
                Ok(kind) if kind.is_file() => files += 1,
                _ => {}
            }
        }
        progress.expected.fetch_add(files, Ordering::Relaxed);
    }
    progress.is_counted.store(true, Ordering::Relaxed);
}
