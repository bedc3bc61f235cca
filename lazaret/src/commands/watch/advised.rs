//! Advisories about what is in use: the local index, read again when it changes, and synced from the configured feed.

use crate::advisory_index;
use crate::commands::advisories::Export;
use crate::commands::all_processors;
use crate::config::Loaded;
use crate::exit::Failure;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use lazaret_policy::{AdvisoryIndex, Severity, rules};
use lazaret_project::advisories::{Question, findings};
use lazaret_project::watch::Concern;
use lazaret_project::watch::event::Advised as Advice;
use lazaret_project::{Finding, Project};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// What is known.
pub(super) struct Advised {
    data: Option<PathBuf>,
    export: Option<Export>,
    every: SignedDuration,
    sync_at: Timestamp,
    stamp: Option<(SystemTime, u64)>,
    pub(super) index: AdvisoryIndex,
    /// Whether there is an index at all.
    has_index: bool,
    failures: u32,
}

/// From this failure on it is told.
const TOLD_FROM: u32 = 3;

/// What a look found.
#[derive(Default)]
pub(super) struct Look {
    /// The index is another one.
    pub(super) changed: bool,
    /// What could not be asked; `true` if it was not told before and is worth it.
    pub(super) trouble: Option<(String, bool)>,
}

impl Advised {
    /// Reads the index.
    ///
    /// # Errors
    /// When it cannot be read, or the feed cannot be asked as configured.
    pub(super) fn open(loaded: &Loaded, now: Timestamp) -> Result<Self, Failure> {
        let data = loaded.data().ok();
        let export = match &data {
            Some(data) => Export::new(&loaded.config, data)?,
            None => None,
        };
        let mut advised = Self {
            stamp: data.as_deref().and_then(stamp),
            data,
            export,
            every: SignedDuration::from_secs(
                i64::try_from(loaded.config.advisories.sync_every).unwrap_or(3600),
            ),
            sync_at: now,
            index: AdvisoryIndex::empty(),
            has_index: false,
            failures: 0,
        };
        advised.read()?;
        Ok(advised)
    }

    /// What makes the index unreliable.
    pub(super) fn complaint(&self, now: Timestamp) -> Option<String> {
        advisory_index::complaint(self.has_index.then_some(&self.index), now)
    }

    /// Syncs if it is time, and reads an index that is new.
    pub(super) fn look(&mut self, runtime: &Runtime, now: Timestamp) -> Look {
        let mut look = Look::default();
        if let Some(export) = self.export.as_ref().filter(|_| self.sync_at <= now) {
            let synced = runtime.block_on(async { export.fetch(&ProgressBar::hidden()).await });
            let synced = synced.and_then(|fetched| match fetched {
                None => Ok(()),
                Some(fetched) => export
                    .take(&fetched, false, all_processors(), &ProgressBar::hidden())
                    .map(drop),
            });
            self.sync_at = now.checked_add(self.every).unwrap_or(Timestamp::MAX);
            match synced {
                Ok(()) => self.failures = 0,
                Err(error) => {
                    self.failures += 1;
                    let text = format!("the advisories could not be synced: {error:#}");
                    look.trouble = Some((text, self.failures == TOLD_FROM));
                }
            }
        }
        let stamp = self.data.as_deref().and_then(stamp);
        if stamp != self.stamp {
            self.stamp = stamp;
            match self.read() {
                Ok(()) => look.changed = true,
                Err(error) => {
                    look.trouble = Some((format!("{error:#}; what was known stays in force"), true))
                }
            }
        }
        look
    }

    fn read(&mut self) -> anyhow::Result<()> {
        if let Some(data) = &self.data
            && let Some(index) = advisory_index::read(data)?
        {
            self.index = index;
            self.has_index = true;
        }
        Ok(())
    }

    /// What the advisories say of these projects.
    pub(super) fn concerns(
        &self,
        projects: &[Project],
        loaded: &Loaded,
        now: Timestamp,
    ) -> Vec<Concern> {
        let policy = &loaded.config.policy;
        let question = Question {
            index: &self.index,
            policy,
            fails_from: Some(policy.vulnerable.severity),
            production_only: false,
            known: None,
            now,
        };
        let found = projects.iter().flat_map(|project| {
            let of = findings(project, &question);
            of.into_iter()
                .filter_map(|finding| concern(&finding, policy.vulnerable.severity))
        });
        found.collect()
    }
}

fn concern(finding: &Finding, serious_from: Severity) -> Option<Concern> {
    // What the policy denies by name is no news.
    if finding.rule == rules::deny::RULE.id {
        return None;
    }
    let package = finding.package.clone()?;
    let at = package
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@');
    let (name, version) = at.map_or((package.as_str(), ""), |(at, _)| {
        (&package[..at], &package[at + 1..])
    });
    let is_malicious = finding.rule == rules::malicious::RULE.id;
    Some(Concern {
        is_serious: finding.severity >= serious_from,
        advised: Advice {
            package: name.to_owned(),
            version: version.to_owned(),
            malicious: is_malicious && finding.fails,
            severity: finding.severity.as_str().to_owned(),
            ids: finding.ids.clone(),
            summary: finding.message.clone(),
            fixed_in: finding.fixed_in.clone(),
            url: finding.url.clone(),
            lockfile: finding.file.clone(),
            way: finding.way.clone(),
            help: finding.help.clone(),
        },
    })
}

fn stamp(data: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(advisory_index::path(data)).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
