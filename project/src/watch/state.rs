//! What is remembered between looks: which versions are known, what is to be inspected, what was told and what is still to be
//! delivered. One JSON file; whoever writes it replaces it in one step.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{Advised, Event, Family, Quiet};
use super::schedule::{Pause, Spent};
use lazaret_policy::burst::Publication;

/// The version of the file's form; another one is not read.
const FORM: u32 = 1;

/// Largest file that is read, in bytes. With 2,000 packages it has about 2 MB.
pub const SIZE_LIMIT: u64 = 128 << 20;

/// Messages that wait to be delivered; the oldest go first.
const LETTERS: usize = 1_000;

/// Versions and advisories that a digest names; the rest is counted.
const QUIET: usize = 500;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    form: u32,
    /// Another registry has other versions: all is learned anew.
    pub registry: String,
    pub packages: BTreeMap<String, Followed>,
    pub pending: Vec<Pending>,
    /// Publications of the last day, for bursts.
    pub recent: Vec<Publication>,
    /// Packages of bursts that were told, by publisher or scope, and when the last one was seen.
    pub bursts: BTreeMap<String, ToldBurst>,
    /// What was told of advisories, or was there when the watch began.
    pub advisories: BTreeSet<String>,
    pub has_learned_advisories: bool,
    /// What was in use when advisories were last looked at: `name@version`.
    pub used: BTreeSet<String>,
    pub sources: BTreeMap<String, SourceState>,
    pub quiet: Quietly,
    pub letters: Vec<Letter>,
    pub pause: Option<Pause>,
    pub spent: Spent,
}

/// A package in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// When its document was last seen; never, if this is the first time.
    pub checked_at: Option<Timestamp>,
    pub next_at: Timestamp,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// Why it failed the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// All that the last document had, sorted.
    pub versions: Vec<String>,
    /// Who published the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Versions in use that the registry no longer has, and the empty text for the whole package: they were told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gone: BTreeSet<String>,
}

/// A version that is to be inspected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    pub package: String,
    pub version: String,
    pub published: Option<Timestamp>,
    pub publisher: Option<String>,
    /// When the document was last seen without it: it cannot be older.
    pub absent_at: Option<Timestamp>,
    pub tries: u32,
    pub next_at: Timestamp,
}

/// A burst that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldBurst {
    pub packages: BTreeSet<String>,
    pub seen: Timestamp,
    pub is_habit: bool,
}

/// A source of hints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceState {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub next_at: Timestamp,
    pub failures: u32,
    pub has_learned: bool,
    /// Hashes of what it held the last time.
    pub known: BTreeSet<String>,
}

/// What is gathered for the next digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quietly {
    pub since: Timestamp,
    pub versions: BTreeSet<Quiet>,
    pub more_versions: usize,
    pub advisories: Vec<Advised>,
    pub more_advisories: usize,
    pub families: BTreeSet<Family>,
    pub told: usize,
    pub undelivered: usize,
}

/// A message with those who have not got it yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    pub message: Event,
    pub owed: Vec<Owed>,
}

/// Somebody who has not got a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owed {
    /// `terminal`, `mail`, `desktop`, `webhook:NAME`.
    pub to: String,
    pub tries: u32,
    pub next_at: Timestamp,
}

/// Why a file is no state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("it has form {0}, this program reads form {FORM}")]
    OtherForm(u32),
    #[error("it is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

impl State {
    /// Nothing is known yet.
    pub fn new(registry: &str, now: Timestamp) -> Self {
        Self {
            form: FORM,
            registry: registry.to_owned(),
            packages: BTreeMap::new(),
            pending: Vec::new(),
            recent: Vec::new(),
            bursts: BTreeMap::new(),
            advisories: BTreeSet::new(),
            has_learned_advisories: false,
            used: BTreeSet::new(),
            sources: BTreeMap::new(),
            quiet: Quietly::since(now),
            letters: Vec::new(),
            pause: None,
            spent: Spent {
                since: now,
                requests: 0,
            },
        }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is of another form, or damaged.
    pub fn parse(text: &[u8]) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        let Form { form } = serde_json::from_slice(text)?;
        if form != FORM {
            return Err(StateError::OtherForm(form));
        }
        Ok(serde_json::from_slice(text)?)
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never for what a watch keeps.
    pub fn to_text(&self) -> Result<Vec<u8>, StateError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Has a message delivered to these.
    pub(super) fn post(&mut self, message: Event, to: Vec<String>, now: Timestamp) {
        // Whoever crashed between telling and noting it does not tell it as another message.
        if to.is_empty() || self.letters.iter().any(|one| one.message.id == message.id) {
            return;
        }
        let owed = to.into_iter().map(|to| Owed {
            to,
            tries: 0,
            next_at: now,
        });
        self.letters.push(Letter {
            message,
            owed: owed.collect(),
        });
        if self.letters.len() > LETTERS {
            self.letters.remove(0);
            self.quiet.undelivered += 1;
        }
    }
}

impl Followed {
    /// When it is to be asked about: at once, if it never was.
    pub(super) fn turn(&self) -> Timestamp {
        let was_asked = self.checked_at.is_some() || self.failures > 0 || !self.gone.is_empty();
        match was_asked {
            true => self.next_at,
            false => Timestamp::MIN,
        }
    }

    /// Not asked yet.
    pub(super) fn new(next_at: Timestamp) -> Self {
        Self {
            etag: None,
            last_modified: None,
            checked_at: None,
            next_at,
            failures: 0,
            error: None,
            versions: Vec::new(),
            publisher: None,
            gone: BTreeSet::new(),
        }
    }
}

impl SourceState {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            etag: None,
            last_modified: None,
            next_at: now,
            failures: 0,
            has_learned: false,
            known: BTreeSet::new(),
        }
    }
}

impl Quietly {
    pub(super) fn since(since: Timestamp) -> Self {
        Self {
            since,
            versions: BTreeSet::new(),
            more_versions: 0,
            advisories: Vec::new(),
            more_advisories: 0,
            families: BTreeSet::new(),
            told: 0,
            undelivered: 0,
        }
    }

    pub(super) fn version(&mut self, one: Quiet) {
        match self.versions.len() < QUIET {
            true => {
                self.versions.insert(one);
            }
            false => self.more_versions += 1,
        }
    }

    pub(super) fn advisory(&mut self, one: Advised) {
        match self.advisories.len() < QUIET {
            true => self.advisories.push(one),
            false => self.more_advisories += 1,
        }
    }

    pub(super) fn family(&mut self, one: Family) {
        if self.families.len() < QUIET {
            self.families.insert(one);
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands it over like this"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
