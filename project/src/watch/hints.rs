//! Sources of early warnings: when they are asked, and what of them is new.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Watch;
use super::event::{Hint, News};
use super::schedule::{after_failures, later};
use super::state::SourceState;

/// From this failure on it is told.
const TOLD_FROM: u32 = 3;

/// Entries of which it is remembered that they were there.
const KNOWN: usize = 100_000;

/// A source whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSource {
    pub name: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceRead {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Hashes of all its entries.
    pub keys: BTreeSet<String>,
    /// Those that mention what is in use, with their hashes.
    pub hints: Vec<(String, Hint)>,
}

impl Watch {
    /// Of these sources, those whose turn it is, or all; what was known of others is forgotten.
    pub fn due_sources(
        &mut self,
        names: &BTreeSet<String>,
        all: bool,
        now: Timestamp,
    ) -> Vec<DueSource> {
        self.state.sources.retain(|name, _| names.contains(name));
        for name in names {
            let new = || SourceState::new(now);
            self.state.sources.entry(name.clone()).or_insert_with(new);
        }
        let due = self
            .state
            .sources
            .iter()
            .filter(|(_, of)| all || of.next_at <= now);
        let due = due.map(|(name, of)| DueSource {
            name: name.clone(),
            etag: of.etag.clone(),
            last_modified: of.last_modified.clone(),
        });
        due.collect()
    }

    /// A source was asked: `None` if it has not changed. What it holds the first time is learned.
    pub fn source_answered(
        &mut self,
        name: &str,
        read: Option<SourceRead>,
        every: SignedDuration,
        now: Timestamp,
    ) {
        let Some(source) = self.state.sources.get_mut(name) else {
            return;
        };
        source.next_at = later(now, every);
        let had_failed = std::mem::take(&mut source.failures) >= TOLD_FROM;
        let mut news = Vec::new();
        if let Some(read) = read {
            (source.etag, source.last_modified) = (read.etag, read.last_modified);
            let known = std::mem::take(&mut source.known);
            let has_learned = std::mem::replace(&mut source.has_learned, true);
            source.known = read.keys.into_iter().take(KNOWN).collect();
            let mut told = BTreeSet::new();
            for (key, hint) in read.hints {
                if has_learned && !known.contains(&key) && told.insert(key.clone()) {
                    news.push((key, hint));
                }
            }
        }
        for (key, hint) in news {
            self.tell(News::Hint(hint), &format!("{name} {key}"), now);
        }
        if had_failed {
            self.trouble(name, "it can be read again", now, true, now);
        }
    }

    /// A source could not be asked, or not be understood.
    pub fn source_failed(&mut self, name: &str, why: &str, every: SignedDuration, now: Timestamp) {
        let Some(source) = self.state.sources.get_mut(name) else {
            return;
        };
        source.failures = source.failures.saturating_add(1);
        source.next_at = after_failures(source.failures, every, now);
        if source.failures == TOLD_FROM {
            self.trouble(name, why, now, false, now);
        }
    }
}
