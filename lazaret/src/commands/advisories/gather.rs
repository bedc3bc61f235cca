//! Reading many OSV records at once: files, folders and zip archives, parsed on all processors, added in one place.

use super::archive::{Archive, Entries, Unpacker};
use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_policy::advisory::{Advisory, RECORD_LIMIT};
use lazaret_policy::index::{IndexBuilder, Source};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Bytes of records in all; the npm export of 2026 has about 0.3 GB.
const MOST_BYTES: u64 = 4 << 30;
/// Records in all.
const MOST_RECORDS: u64 = 5_000_000;
/// Folders within folders.
const DEEPEST: usize = 64;
/// Records that a thread takes and hands over at a time.
const BATCH: usize = 512;
/// Bad records that are named.
const NAMED: usize = 10;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Records about npm packages.
    pub(super) records: u64,
    /// Records about other ecosystems.
    pub(super) elsewhere: u64,
    /// Files that are no records by their names.
    pub(super) ignored: u64,
    /// What could not be read.
    pub(super) bad: u64,
    /// The first of them, each with its place and problem.
    pub(super) named: Vec<String>,
}

impl Gathered {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.elsewhere += other.elsewhere;
        self.ignored += other.ignored;
        self.bad += other.bad;
        self.named.extend(other.named);
        self.named.truncate(NAMED);
    }

    fn bad(&mut self, place: &str, problem: impl std::fmt::Display) {
        self.bad += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("{place}: {problem}"));
        }
    }
}

/// A piece of work for one thread.
enum Job {
    Files(Vec<PathBuf>),
    Entries(Box<Entries>),
}

/// What one piece of work gave.
#[derive(Default)]
struct Batch {
    advisories: Vec<Vec<Advisory>>,
    gathered: Gathered,
    bytes: u64,
}

/// Where records are read from.
pub(in crate::commands) enum Input {
    /// A JSON file, a zip archive, or a folder of them.
    Path(PathBuf),
    /// An open zip archive and what to call it.
    Archive(File, String),
}

/// Reads everything into the builder, on so many threads beside this one.
///
/// # Errors
/// When a path does not exist or a limit is passed; single bad records are counted instead.
pub(super) fn gather(
    inputs: &[Input],
    source: Source,
    builder: &mut IndexBuilder,
    threads: usize,
    bar: &ProgressBar,
) -> Result<Gathered> {
    let mut all = Gathered::default();
    let mut work = Work::default();
    for input in inputs {
        match input {
            Input::Path(path) => work.add(path, 0, true, &mut all)?,
            Input::Archive(file, place) => work.add_archive(file.try_clone()?, place, &mut all)?,
        }
    }
    bar.set_length(work.bytes);
    let jobs = Mutex::new(work.jobs());
    let total = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(2 * threads);
        for _ in 0..threads {
            let sender = sender.clone();
            let (jobs, total) = (&jobs, &total);
            scope.spawn(move || take_jobs(jobs, total, &sender));
        }
        drop(sender);
        for batch in batches {
            for record in &batch.advisories {
                builder.add(source, record)?;
            }
            all.add(batch.gathered);
            bar.inc(batch.bytes);
            if all.records + all.elsewhere + all.bad > MOST_RECORDS {
                bail!("more than {MOST_RECORDS} records: that is no export of npm's advisories");
            }
        }
        if total.load(Ordering::Relaxed) > MOST_BYTES {
            bail!("more than {MOST_BYTES} bytes of records: that is no export of npm's advisories");
        }
        Ok(all)
    })
}

/// Takes work until there is none, nobody wants the answer, or it is too much.
fn take_jobs(jobs: &Mutex<VecDeque<Job>>, total: &AtomicU64, sender: &SyncSender<Batch>) {
    let mut reading = Reading {
        total,
        batch: Batch::default(),
        buffer: Vec::new(),
        unpacker: Unpacker::new(),
    };
    loop {
        let job = jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        match job {
            None => return,
            Some(Job::Files(files)) => files.iter().for_each(|file| reading.file(file)),
            Some(Job::Entries(entries)) => reading.entries(*entries),
        }
        let batch = std::mem::take(&mut reading.batch);
        if total.load(Ordering::Relaxed) > MOST_BYTES || sender.send(batch).is_err() {
            return;
        }
    }
}

/// One thread's state.
struct Reading<'a> {
    total: &'a AtomicU64,
    batch: Batch,
    buffer: Vec<u8>,
    unpacker: Unpacker,
}

impl Reading<'_> {
    fn file(&mut self, path: &Path) {
        self.buffer.clear();
        let read = File::open(path).and_then(|file| {
            file.take(RECORD_LIMIT as u64 + 1)
                .read_to_end(&mut self.buffer)
        });
        match read {
            Ok(length) => {
                self.batch.bytes += length as u64;
                self.record(&path.display().to_string());
            }
            Err(error) => self.batch.gathered.bad(&path.display().to_string(), error),
        }
    }

    fn entries(&mut self, mut entries: Entries) {
        let archive = entries.archive();
        while let Some(entry) =
            entries.read_next(RECORD_LIMIT, &mut self.unpacker, &mut self.buffer)
        {
            self.batch.bytes += entry.stored;
            let place = || format!("{archive}: {}", entry.name);
            match entry.read {
                Ok(()) if !is_named(&entry.name, "json") => self.batch.gathered.ignored += 1,
                Ok(()) => self.record(&place()),
                Err(error) => self.batch.gathered.bad(&place(), error),
            }
            if self.total.load(Ordering::Relaxed) > MOST_BYTES {
                return;
            }
        }
    }

    /// Parses what is in the buffer.
    fn record(&mut self, place: &str) {
        self.total
            .fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
        match Advisory::from_osv(&self.buffer) {
            Ok(record) if record.is_empty() => self.batch.gathered.elsewhere += 1,
            Ok(record) => {
                self.batch.gathered.records += 1;
                self.batch.advisories.push(record);
            }
            Err(error) => self.batch.gathered.bad(place, error),
        }
    }
}

/// Everything that is to be read, found before reading begins.
#[derive(Default)]
struct Work {
    files: Vec<PathBuf>,
    archives: Vec<Archive>,
    bytes: u64,
}

impl Work {
    /// Adds a file or everything in a folder. What a person named is read whatever its name is.
    fn add(&mut self, path: &Path, depth: usize, named: bool, all: &mut Gathered) -> Result<()> {
        let shown = path.display();
        let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
        if metadata.is_dir() {
            if depth > DEEPEST {
                bail!("{shown} lies more than {DEEPEST} folders deep");
            }
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path).with_context(|| format!("cannot read {shown}"))? {
                let entry = entry.with_context(|| format!("cannot read {shown}"))?;
                // A link to a folder could lead round in a circle.
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                if !(is_link && entry.path().is_dir()) {
                    inside.push(entry.path());
                }
            }
            inside.sort();
            return inside
                .iter()
                .try_for_each(|path| self.add(path, depth + 1, false, all));
        }
        let name = path.to_string_lossy();
        if is_named(&name, "zip") || named && is_zip(path) {
            let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
            return self.add_archive(file, &name, all);
        }
        if named || is_named(&name, "json") {
            self.bytes += metadata.len();
            self.files.push(path.to_owned());
        } else {
            all.ignored += 1;
        }
        Ok(())
    }

    fn add_archive(&mut self, file: File, place: &str, all: &mut Gathered) -> Result<()> {
        self.bytes += file.metadata()?.len();
        match Archive::read(file, place) {
            Ok(archive) => self.archives.push(archive),
            Err(error) => all.bad(place, format!("{error:#}")),
        }
        Ok(())
    }

    fn jobs(self) -> VecDeque<Job> {
        let files = self
            .files
            .chunks(BATCH)
            .map(|files| Job::Files(files.to_vec()));
        let entries = self
            .archives
            .iter()
            .flat_map(|archive| archive.entries(BATCH))
            .map(|entries| Job::Entries(Box::new(entries)));
        files.chain(entries).collect()
    }
}

fn is_named(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn is_zip(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start.starts_with(b"PK"))
}

/// An index of these records alone, and what of them could not be read.
///
/// # Errors
/// When there is no such path, or a limit is passed.
pub(in crate::commands) fn records(input: Input) -> Result<(AdvisoryIndex, Vec<String>)> {
    let mut builder = IndexBuilder::new();
    let bar = ProgressBar::hidden();
    let gathered = gather(&[input], Source::Imported, &mut builder, 1, &bar)?;
    let index = AdvisoryIndex::from_bytes(builder.finish(Timestamp::UNIX_EPOCH)?)?;
    Ok((index, gathered.named))
}
