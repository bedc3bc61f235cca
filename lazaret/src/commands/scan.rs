//! `lazaret scan`: is it here, where, since when, and what to do.

use crate::advisory_index;
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::indicators;
use crate::output::{self, Format, Searched};
use crate::surroundings::Surroundings;
use clap::Args;
use jiff::Timestamp;
use lazaret_policy::{AdvisoryIndex, Matcher};
use lazaret_project::scan::{self, Confidence, Outcome, Progress, Request};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Search disks for what known campaigns leave: malicious versions, files, lines, strings.
///
/// Looks into node_modules, the caches and stores of all clients, lockfiles, archives in archives, images saved as tar, bundles,
/// settings, logs and shell histories. Reads only, follows no link, runs nothing.
///
/// Ends with 5 when something is confirmed, 1 when something is likely, 4 when nothing was found but not everything could be
/// read, 0 when all was read and there are hints at most.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Files and folders, whole disks [default: the working directory].
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Threads [default: as many as there are processors].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Leave out this file or folder, and what is below it; can be given several times.
    #[arg(long, value_name = "PATH")]
    exclude: Vec<PathBuf>,
    /// Stay on the file systems of the paths.
    #[arg(long)]
    one_file_system: bool,
    /// Hash every file, not only those of a name or size that a known hash belongs to. Added indicators that have a hash alone do
    /// the same.
    #[arg(long)]
    hash_all: bool,
    /// Compare what npm installed with the tarballs in npm's caches: those below the paths, and this user's.
    #[arg(long)]
    installed: bool,
    /// Indicators besides the shipped ones and those of the data directory; can be given several times.
    #[arg(long, value_name = "FILE")]
    indicators: Vec<PathBuf>,
    /// What was not read counts more than what is likely: end with 4.
    #[arg(long)]
    strict: bool,
    /// Show every hit, not the first of each campaign.
    #[arg(long)]
    all: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl Scan {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let now = Timestamp::now();
        let data = loaded.data().ok();
        let known = indicators::read(data.as_deref(), &self.indicators)?;
        let mut warnings = known.warnings(now);
        let index = match &data {
            Some(data) => advisory_index::read(data)?,
            None => None,
        };
        // Without advisories the campaigns are still looked for: a warning, not an end.
        warnings.extend(advisory_index::complaint(index.as_ref(), now));
        let index = index.unwrap_or_else(AdvisoryIndex::empty);
        let matcher = Matcher::new(&known.indicators);
        // Without `.` between the parts, which no folder lists.
        let here = |path: &PathBuf| -> PathBuf {
            let path = surroundings.directory.join(path);
            path.components().collect()
        };
        let roots = match self.paths.as_slice() {
            [] => vec![surroundings.directory.clone()],
            paths => paths.iter().map(here).collect(),
        };
        for root in &roots {
            if let Err(error) = std::fs::metadata(root) {
                let message = format!("cannot read {}: {error}", root.display());
                return Err(Failure::wrong_use(message));
            }
        }
        let leave_out: Vec<PathBuf> = self.exclude.iter().map(here).collect();
        for path in leave_out.iter().filter(|path| !path.exists()) {
            warnings.push(format!(
                "--exclude {} leaves out nothing: it is not there",
                path.display()
            ));
        }
        let caches = npm_caches(&surroundings);
        let jobs = self.jobs.map_or_else(super::all_processors, usize::from);
        let request = Request {
            roots: &roots,
            indicators: &known.indicators,
            matcher: &matcher,
            advisories: &index,
            overrides: &known.overrides,
            jobs,
            hash_all: self.hash_all || known.needs_every_hash,
            unpacked: scan::UNPACKED,
            installed: self.installed,
            caches: &caches,
            one_file_system: self.one_file_system,
            leave_out: &leave_out,
            now,
        };
        let started = Instant::now();
        let outcome = watched(&request);
        for warning in &warnings {
            output::warn(warning);
        }
        let searched = Searched {
            outcome: &outcome,
            indicators: &known.indicators,
            advisories: &index,
            took: started.elapsed(),
        };
        output::searched(self.format, &searched, self.all);
        Ok(self.exit(&outcome))
    }

    fn exit(&self, outcome: &Outcome) -> Exit {
        match outcome.surest() {
            Some(Confidence::Confirmed) => Exit::Malicious,
            _ if self.strict && !outcome.is_complete() => Exit::Incomplete,
            Some(Confidence::Likely) => Exit::Findings,
            _ if !outcome.is_complete() => Exit::Incomplete,
            _ if outcome.counts.files == 0 => Exit::Nothing,
            _ => Exit::Clean,
        }
    }
}

/// Where npm keeps what this user fetched: `npm_config_cache`, else `~/.npm`.
fn npm_caches(surroundings: &Surroundings) -> Vec<PathBuf> {
    let set = surroundings.npm_variable("npm_config_cache");
    let folder = match set {
        Some((_, folder)) => Some(PathBuf::from(folder)),
        None => surroundings.home.as_ref().map(|home| home.join(".npm")),
    };
    folder
        .into_iter()
        .map(|folder| folder.join("_cacache"))
        .collect()
}

/// Searches, with a bar where somebody looks at stderr: then the files are counted ahead.
fn watched(request: &Request<'_>) -> Outcome {
    let progress = Progress::default();
    let bar = output::search_bar();
    if bar.is_hidden() {
        return scan::scan(request, &progress);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| scan::count_ahead(request, &progress));
        scope.spawn(|| {
            let started = Instant::now();
            while !progress.is_over.load(Ordering::Relaxed) {
                let bytes = progress.bytes.load(Ordering::Relaxed);
                bar.set_length(progress.expected.load(Ordering::Relaxed));
                bar.set_position(progress.files.load(Ordering::Relaxed));
                bar.set_message(output::rate(bytes, started.elapsed()));
                std::thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        scan::scan(request, &progress)
    })
}
