//! `lazaret advisories sync`: the configured OSV export, fetched if it changed; `lazaret serve` does the same on a schedule.

use super::gather::{Gathered, Input, gather};
use super::report;
use crate::advisory_index::{self, Change};
use crate::commands::{all_processors, runtime};
use crate::config::{self, Config, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output;
use crate::surroundings::Surroundings;
use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_policy::index::{IndexBuilder, Source};
use lazaret_upstream::{Answer, Feed, FeedSettings, Validators};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use url::Url;

/// Fetch the configured feed of advisories if it has changed.
///
/// What was synced before is replaced, what was imported from files stays.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// Take the feed as it is even if it holds less than half of what it held before.
    #[arg(long)]
    accept_less: bool,
    #[command(flatten)]
    flags: Flags<config::flags::Feed>,
}

impl Sync {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let export = Export::new(&loaded.config, &loaded.data()?)?.ok_or_else(|| {
            Failure::wrong_use(
                "no feed of advisories is configured: write `feed = \"https://osv.example/npm/all.zip\"` below [advisories]\n\
                 in lazaret.toml (OSV's documentation names the URL of its npm export), or import files",
            )
        })?;
        let bar = output::bar("fetching", 0);
        let fetched = runtime()?.block_on(export.fetch(&bar))?;
        bar.finish_and_clear();
        let Some(fetched) = fetched else {
            output::result("the feed has not changed\n");
            return Ok(Exit::Clean);
        };
        let bar = output::bar("reading", 0);
        let taken = export.take(&fetched, self.accept_less, all_processors(), &bar)?;
        bar.finish_and_clear();
        if let Some(damage) = &taken.damage {
            output::warn(damage);
        }
        Ok(report::told(&taken.gathered, &taken.index))
    }
}

/// The feed of advisories for one data directory.
#[derive(Debug)]
pub(crate) struct Export {
    feed: Feed,
    data: PathBuf,
}

/// A changed export on disk.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// Without a name: it goes when this process does, however that ends.
    file: File,
    validators: Validators,
}

/// An export that has become the index.
#[derive(Debug)]
pub(crate) struct Taken {
    gathered: Gathered,
    index: AdvisoryIndex,
    /// What was lost with the index from before, if it could not be read.
    pub(crate) damage: Option<String>,
}

impl Taken {
    /// Records that could not be read.
    pub(crate) fn bad(&self) -> u64 {
        self.gathered.bad
    }
}

impl Export {
    /// The configured feed; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be asked as configured.
    pub(crate) fn new(config: &Config, data: &Path) -> Result<Option<Self>> {
        let Some(url) = config.advisories.feed.clone() else {
            return Ok(None);
        };
        let mut settings = FeedSettings::new(url);
        settings.extra_ca = config.upstream.extra_ca()?;
        Ok(Some(Self {
            feed: Feed::new(settings)?,
            data: data.to_owned(),
        }))
    }

    /// Fetches the export if it changed since it was taken last.
    ///
    /// # Errors
    /// When the feed cannot be reached or refuses, or the disk does.
    pub(crate) async fn fetch(&self, bar: &ProgressBar) -> Result<Option<Fetched>> {
        advisory_index::create_private(&self.data)?;
        let file = tempfile::tempfile_in(&self.data)?;
        let mut into = tokio::fs::File::from_std(file.try_clone()?);
        // Reading an index takes 20 ms of a processor: a server's other tasks go to other threads.
        let validators = tokio::task::block_in_place(|| self.kept_validators());
        let progress = |received, length: Option<u64>| {
            bar.set_length(length.unwrap_or(received));
            bar.set_position(received);
        };
        match self.feed.fetch(&validators, &mut into, progress).await? {
            Answer::Fresh(fetched) => {
                into.flush().await?;
                Ok(Some(Fetched {
                    file,
                    validators: fetched.validators,
                }))
            }
            Answer::NotModified => Ok(None),
            Answer::Missing => bail!(
                "there is nothing at {}: is it the right URL?",
                self.feed.url()
            ),
            Answer::Denied(code) => {
                bail!("{} answered {code}: it may not be read", self.feed.url())
            }
        }
    }

    /// Makes a fetched export the index, in place of what was synced before. Takes seconds of so many processors.
    ///
    /// # Errors
    /// When it cannot be read, or holds less than half of what is there (unless `accept_less`): that is more likely a
    /// broken export than half of all malware forgiven. The index is then left as it was.
    pub(crate) fn take(
        &self,
        fetched: &Fetched,
        accept_less: bool,
        threads: usize,
        bar: &ProgressBar,
    ) -> Result<Taken> {
        let change = Change::begin(&self.data)?;
        let (before, damage) = match advisory_index::read(&self.data) {
            Ok(before) => (before.unwrap_or_else(AdvisoryIndex::empty), None),
            Err(error) => {
                let damage = format!("{error:#}; what was imported from files before is lost");
                (AdvisoryIndex::empty(), Some(damage))
            }
        };
        let inputs = [Input::Archive(
            fetched.file.try_clone()?,
            self.feed.url().to_string(),
        )];
        let mut builder = IndexBuilder::from_index(&before, &[Source::Imported])?;
        let gathered = gather(&inputs, Source::Synced, &mut builder, threads, bar)?;
        if gathered.bad > 0 {
            // A record that cannot be read now may have been readable before: its old state is better than none.
            builder = IndexBuilder::from_index(&before, &[Source::Imported, Source::Synced])?;
            gather(
                &inputs,
                Source::Synced,
                &mut builder,
                threads,
                &ProgressBar::hidden(),
            )?;
        }
        let bytes = builder.finish(Timestamp::now())?;
        let index = AdvisoryIndex::from_bytes(bytes)?;
        let (had, has) = (before.counts().synced, index.counts().synced);
        if gathered.records == 0 || (2 * has < had && !accept_less) {
            let bad = gathered
                .named
                .first()
                .map(|bad| format!(" (such as {bad})"))
                .unwrap_or_default();
            bail!(
                "the feed at {} holds {} readable records about npm packages{bad}, the index has {had} rows from before: \
                 the index was left as it is. If the feed is right, run `lazaret advisories sync --accept-less`",
                self.feed.url(),
                gathered.records,
            );
        }
        change.replace(index.as_bytes())?;
        self.keep(&change, &fetched.validators, has)?;
        Ok(Taken {
            gathered,
            index,
            damage,
        })
    }

    fn note(&self) -> PathBuf {
        self.data.join("advisories.feed.json")
    }

    /// What the last answer was marked with, if the index still holds what came of it.
    fn kept_validators(&self) -> Validators {
        let kept = || {
            let note: Note = serde_json::from_slice(&std::fs::read(self.note()).ok()?).ok()?;
            let index = advisory_index::read(&self.data).ok()??;
            let holds = note.feed == *self.feed.url() && note.rows == index.counts().synced;
            holds.then_some(Validators {
                etag: note.etag,
                last_modified: note.last_modified,
            })
        };
        kept().unwrap_or_default()
    }

    fn keep(&self, change: &Change, validators: &Validators, rows: usize) -> Result<()> {
        let note = Note {
            feed: self.feed.url().clone(),
            rows,
            etag: validators.etag.clone(),
            last_modified: validators.last_modified.clone(),
        };
        change.write(&self.note(), &serde_json::to_vec(&note)?)
    }
}

/// The file beside the index that says which state of the feed was taken.
#[derive(Serialize, Deserialize)]
struct Note {
    feed: Url,
    /// How many rows of the index came of it.
    rows: usize,
    etag: Option<String>,
    last_modified: Option<String>,
}
