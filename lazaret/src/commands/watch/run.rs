//! The watch itself: look, remember, tell, wait.

use super::Watch as Command;
use super::advised::Advised;
use super::asking::ask;
use super::early::Early;
use super::followed::Followed;
use super::keep::Keep;
use super::looking::Looking;
use super::telling::Telling;
use crate::config::Loaded;
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format};
use crate::packages::Source;
use crate::surroundings::Surroundings;
use jiff::{SignedDuration, Timestamp};
use lazaret_project::watch::event::Urgency;
use lazaret_project::watch::{Due, Settings, Watch, in_use};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Packages that are asked about before the answers are looked at.
const BATCH: usize = 32;

/// Batches and inspections of one look; what is left waits for the next, a moment later.
const BATCHES: usize = 8;
const INSPECTIONS: usize = 16;

/// The same with `--once`.
const ONCE_INSPECTIONS: usize = 400;

/// Waits between two looks.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is not news to anybody is written down at least this often.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// Reasons that are said of one kind of failure.
const REASONS: usize = 5;

pub(super) struct Run<'a> {
    command: &'a Command,
    loaded: &'a Loaded,
    source: Source,
    followed: Followed,
    advised: Advised,
    early: Early,
    telling: Telling,
    keep: Keep,
    watch: Watch,
    runtime: Runtime,
    written_at: Option<Instant>,
    /// Lockfiles or advisories are others than at the last look.
    is_changed: bool,
    /// What is wrong with the advisories, as far as it was said.
    stale: Option<(String, Timestamp)>,
    /// What was said on stderr the last time and still holds.
    said: BTreeSet<String>,
}

/// What one look came to.
#[derive(Default)]
struct Looked {
    failures: Vec<String>,
    told: bool,
    /// More than a digest.
    is_urgent: bool,
    malicious: bool,
}

impl<'a> Run<'a> {
    /// # Errors
    /// Whatever keeps the watch from beginning.
    pub(super) fn prepare(
        command: &'a Command,
        loaded: &'a Loaded,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let now = Timestamp::now();
        let followed = Followed::open(command.path.as_deref(), surroundings)?;
        let source = Source::open(loaded, surroundings, command.server.as_ref())?;
        let telling = Telling::open(command, loaded, surroundings)?;
        let early = Early::open(loaded, surroundings)?;
        let advised = Advised::open(loaded, now)?;
        let path = match &command.state {
            Some(path) => surroundings.directory.join(path),
            None => Keep::usual(&loaded.data()?, &followed.key()),
        };
        let keep = Keep::open(&path)?;
        let (state, complaint) = keep.read();
        if let Some(complaint) = complaint {
            output::warn(&format!("{complaint}; what is there now is learned anew"));
        }
        let watch = Watch::new(
            &followed.name(),
            source.url().as_str(),
            state,
            settings(loaded),
            telling.sinks(),
            now,
        );
        Ok(Self {
            command,
            loaded,
            source,
            followed,
            advised,
            early,
            telling,
            keep,
            watch,
            runtime: crate::commands::runtime()?,
            written_at: None,
            is_changed: true,
            stale: None,
            said: BTreeSet::new(),
        })
    }

    pub(super) fn run(mut self) -> Ending {
        for unread in &self.followed.unread {
            output::warn(unread);
        }
        let begun = Timestamp::now();
        self.stale = self.advised.complaint(begun).map(|text| (text, begun));
        if let Some((complaint, _)) = &self.stale {
            output::warn(complaint);
        }
        if self.command.format == Format::Human {
            self.announce();
        }
        loop {
            let now = Timestamp::now();
            let mut looked = self.look(now)?;
            self.remember(&mut looked)?;
            let undelivered =
                self.telling
                    .deliver(&mut self.watch, &self.runtime, self.command.once, now);
            let has_told = looked.told;
            looked.failures.extend(undelivered);
            if has_told || !looked.failures.is_empty() {
                self.remember_at_once(&mut looked)?;
            }
            self.say(&looked.failures);
            if self.command.once {
                return Ok(self.exit(&looked));
            }
            self.wait();
        }
    }

    fn announce(&self) {
        let root = self.followed.root().display().to_string();
        let lockfiles = self.followed.projects.len();
        let packages = in_use(&self.followed.projects).len();
        output::say(&format!(
            "{}following {packages} packages of {lockfiles} lockfile{} in {}{}",
            output::FAINT,
            if lockfiles == 1 { "" } else { "s" },
            output::escaped(&root),
            output::PLAIN,
        ));
    }

    /// One look at everything whose turn it is.
    fn look(&mut self, now: Timestamp) -> Result<Looked, Failure> {
        let is_once = self.command.once;
        let mut looked = Looked::default();
        self.is_changed |= self.followed.refresh();
        let advised = self.advised.look(&self.runtime, now);
        self.is_changed |= advised.changed;
        if let Some((text, is_news)) = advised.trouble {
            if is_news {
                self.watch.trouble("advisories", &text, now, false, now);
            }
            looked.failures.push(text);
        }
        self.complain(now);
        if std::mem::take(&mut self.is_changed) {
            self.watch
                .use_packages(in_use(&self.followed.projects), now);
            let concerns = self
                .advised
                .concerns(&self.followed.projects, self.loaded, now);
            looked.malicious = concerns.iter().any(|concern| concern.advised.malicious);
            self.watch.concerns(concerns, now);
        }
        looked.failures.extend(
            self.early
                .look(&mut self.watch, &self.runtime, is_once, now),
        );
        looked.failures.extend(self.ask(now));
        match self.inspect(now) {
            // What waits for an inspection waits a little longer.
            Err(failure) if !is_once => looked.failures.push(failure.to_string()),
            inspected => inspected?,
        }
        self.watch.settle(now);
        let letters = self.watch.letters(is_once, now);
        looked.told = !letters.is_empty();
        looked.is_urgent = letters
            .iter()
            .any(|(_, event)| event.urgency > Urgency::Low);
        Ok(looked)
    }

    /// Tells that the advisories grew old, and that they are new again.
    fn complain(&mut self, now: Timestamp) {
        match (self.advised.complaint(now), self.stale.take()) {
            (Some(_), Some(known)) => self.stale = Some(known),
            (Some(text), None) => {
                self.watch.trouble("advisories", &text, now, false, now);
                self.stale = Some((text, now));
            }
            (None, Some((_, since))) => {
                self.watch
                    .trouble("advisories", "they are new again", since, true, now);
            }
            (None, None) => {}
        }
    }

    /// Asks the registry.
    fn ask(&mut self, now: Timestamp) -> Vec<String> {
        let mut failures = Vec::new();
        if self.command.once {
            let all = self.watch.due(true, usize::MAX, now);
            let left = self.watch.packages() - all.len();
            for batch in all.chunks(BATCH) {
                // Whoever limits our requests, or is down, is not asked for the rest.
                if self.watch.due(true, 1, now).is_empty() {
                    break;
                }
                failures.extend(ask(&mut self.watch, &self.source, batch, now));
            }
            match &self.watch.state.pause {
                Some(pause) if pause.until > now && failures.is_empty() => {
                    failures.push(format!(
                        "the registry is left alone until {}: {}",
                        pause.until, pause.why
                    ));
                }
                None if left > 0 => {
                    failures.push(format!("{left} of {} packages were not asked about: the budget of this interval is used up",
                        self.watch.packages()));
                }
                _ => {}
            }
            return failures;
        }
        for _ in 0..BATCHES {
            let due: Vec<Due> = self.watch.due(false, BATCH, now);
            if due.is_empty() {
                break;
            }
            failures.extend(ask(&mut self.watch, &self.source, &due, now));
        }
        failures
    }

    fn inspect(&mut self, now: Timestamp) -> Result<(), Failure> {
        let most = match self.command.once {
            true => ONCE_INSPECTIONS,
            false => INSPECTIONS,
        };
        let pending = self.watch.to_inspect(most, now);
        if pending.is_empty() {
            return Ok(());
        }
        let looking = Looking {
            loaded: self.loaded,
            source: &self.source,
            projects: &self.followed.projects,
            index: &self.advised.index,
        };
        looking.look(&mut self.watch, &pending, now)
    }

    /// Before anybody is told, so that nothing is lost; else from time to time.
    fn remember(&mut self, looked: &mut Looked) -> Result<(), Failure> {
        let is_time = self.written_at.is_none_or(|at| at.elapsed() >= WRITE_EVERY);
        let is_news = looked.told || !self.watch.state.pending.is_empty();
        if !(is_time || is_news || self.command.once) {
            return Ok(());
        }
        self.remember_at_once(looked)
    }

    fn remember_at_once(&mut self, looked: &mut Looked) -> Result<(), Failure> {
        match self.write() {
            Ok(()) => Ok(()),
            Err(error) if self.command.once || self.written_at.is_none() => Err(error.into()),
            // A disk that is full now may have room later; what is known is told all the same.
            Err(error) => {
                looked.failures.push(format!("{error:#}"));
                Ok(())
            }
        }
    }

    fn write(&mut self) -> anyhow::Result<()> {
        self.keep.write(&self.watch.state)?;
        self.written_at = Some(Instant::now());
        Ok(())
    }

    /// Says what went wrong, each thing once as long as it lasts.
    fn say(&mut self, failures: &[String]) {
        let now: BTreeSet<String> = failures.iter().cloned().collect();
        let new: Vec<&String> = now.difference(&self.said).collect();
        for failure in new.iter().take(REASONS) {
            output::warn(failure);
        }
        if new.len() > REASONS {
            output::warn(&format!("and {} more", new.len() - REASONS));
        }
        if !now.is_empty() {
            self.said = now;
        } else if self.watch.state.pause.is_none() {
            self.said.clear();
        }
    }

    fn wait(&self) {
        let next = self.watch.next_at();
        let left = next.map(|next| next.duration_since(Timestamp::now()));
        let left = left.and_then(|left| Duration::try_from(left).ok());
        std::thread::sleep(
            left.unwrap_or(SHORTEST_WAIT)
                .clamp(SHORTEST_WAIT, LONGEST_WAIT),
        );
    }

    fn exit(&self, looked: &Looked) -> Exit {
        if looked.malicious {
            Exit::Malicious
        } else if !looked.failures.is_empty() {
            Exit::Incomplete
        } else if looked.is_urgent {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

fn settings(loaded: &Loaded) -> Settings {
    let watch = &loaded.config.watch;
    Settings {
        interval: SignedDuration::from_mins(watch.interval),
        budget: watch.budget,
        burst: super::burst_rule(&loaded.config),
        digest: (watch.digest > 0).then(|| SignedDuration::from_hours(24 * watch.digest)),
    }
}
