//! What becomes of packages after they were taken in: which versions appear, who would get them, what is said of those in
//! use. Pure: it asks nobody, has no clock, and tells by making letters for others to deliver.

mod answering;
pub mod event;
pub mod feeds;
mod hints;
mod outbox;
mod receivers;
pub mod schedule;
mod settling;
pub mod state;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

pub use event::{Event, NewVersion, News, Outcome};
pub use hints::{DueSource, SourceRead};
pub use lazaret_policy::burst::{Publication, Rule as BurstRule};
pub use outbox::Sink;
pub use receivers::{Receivers, in_use, receivers};
pub use state::{Pending, State};

use event::{Advised, Gone, Trouble};
use schedule::{later, spread};
use state::Followed;

/// How often an inspection is tried, and how long the first failure waits.
const TRIES: u32 = 5;
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// Versions of one package that are inspected when they appear at once; more are told as not inspected.
pub const MOST_INSPECTED: usize = 8;

/// How the watch goes about.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Each package is asked once in it.
    pub interval: SignedDuration,
    /// Requests in one interval.
    pub budget: u32,
    pub burst: BurstRule,
    /// How often what needs no haste is told; never if it is nothing.
    pub digest: Option<SignedDuration>,
}

/// A package whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub package: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What the registry said.
pub enum Answered<'a> {
    Unchanged,
    Document(&'a dyn Document),
    /// It has no such package.
    Missing,
    /// For this package alone: it is not shown to us, or not understood.
    Refused(String),
    /// For all of them: it is down, or limits requests.
    Down {
        why: String,
        retry_after: Option<SignedDuration>,
        /// It may be this package alone; three in a row are all.
        may_be_alone: bool,
    },
}

/// A package document, as far as a watch reads it.
pub trait Document {
    /// `ETag` and `Last-Modified` for the next question.
    fn validators(&self) -> (Option<String>, Option<String>);
    /// All versions with their times, in any order.
    fn versions(&self) -> Vec<(String, Option<Timestamp>)>;
    /// Who published a version.
    fn publisher(&self, version: &str) -> Option<String>;
    /// What a tag points at.
    fn tagged(&self, version: &str) -> bool;
}

/// What became of an inspection.
pub enum Looked {
    Done(Box<NewVersion>),
    /// It could not be inspected now, and this is what is told if it never can.
    Again(Box<NewVersion>),
}

/// Advisories about what is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub advised: Advised,
    /// At or above the policy's severity.
    pub is_serious: bool,
}

/// The watch over the packages of one project.
#[derive(Debug)]
pub struct Watch {
    pub state: State,
    project: String,
    settings: Settings,
    sinks: Vec<Sink>,
    /// Versions in use by name.
    used: BTreeMap<String, Vec<String>>,
    /// Inspected since the last [`Watch::settle`].
    looked: Vec<NewVersion>,
    /// Failures in a row of which each may be the package's own.
    strikes: u32,
}

impl Watch {
    /// Goes on from a state; one of another registry is forgotten.
    pub fn new(
        project: &str,
        registry: &str,
        state: Option<State>,
        settings: Settings,
        sinks: Vec<Sink>,
        now: Timestamp,
    ) -> Self {
        let state = state.filter(|state| state.registry == registry);
        let mut state = state.unwrap_or_else(|| State::new(registry, now));
        let known: BTreeSet<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        for letter in &mut state.letters {
            letter.owed.retain(|owed| known.contains(owed.to.as_str()));
        }
        state.letters.retain(|letter| !letter.owed.is_empty());
        // The interval may have been made shorter, or the clock put back.
        for followed in state.packages.values_mut() {
            if followed.failures == 0 {
                followed.next_at = followed.next_at.min(later(now, settings.interval));
            }
        }
        Self {
            state,
            project: project.to_owned(),
            settings,
            sinks,
            used: BTreeMap::new(),
            looked: Vec::new(),
            strikes: 0,
        }
    }

    /// What the project uses now. New packages are learned before anything of them is told; others are forgotten.
    pub fn use_packages(&mut self, used: BTreeMap<String, Vec<String>>, now: Timestamp) {
        self.state
            .packages
            .retain(|name, _| used.contains_key(name));
        self.state
            .pending
            .retain(|one| used.contains_key(&one.package));
        let new: Vec<&String> = used
            .keys()
            .filter(|name| !self.state.packages.contains_key(*name))
            .collect();
        for (index, name) in new.iter().enumerate() {
            let turn = spread(now, self.settings.interval, index, new.len());
            self.state
                .packages
                .insert((*name).clone(), Followed::new(turn));
        }
        self.used = used;
    }

    /// Versions of a package that the project has.
    pub fn in_use(&self, package: &str) -> &[String] {
        self.used.get(package).map_or(&[], Vec::as_slice)
    }

    /// All packages that are followed.
    pub fn packages(&self) -> usize {
        self.used.len()
    }

    /// Packages whose turn it is, at most so many, the longest overdue first; none while the registry is left alone. New ones are
    /// learned at once: what appears before is never told. `all`: also those whose turn it is not yet.
    pub fn due(&mut self, all: bool, most: usize, now: Timestamp) -> Vec<Due> {
        if self
            .state
            .pause
            .as_ref()
            .is_some_and(|pause| pause.until > now)
        {
            return Vec::new();
        }
        let left = self.left(now);
        let followed = self.state.packages.iter();
        let mut due: Vec<(&String, &Followed)> = followed
            .filter(|(_, followed)| all || followed.turn() <= now)
            .collect();
        due.sort_by_key(|(_, followed)| followed.next_at);
        let due = due.into_iter().take(most.min(left));
        let due = due.map(|(name, followed)| Due {
            package: name.clone(),
            etag: followed.etag.clone(),
            last_modified: followed.last_modified.clone(),
        });
        due.collect()
    }

    /// Requests that are left in this interval.
    pub fn left(&mut self, now: Timestamp) -> usize {
        let Settings {
            budget, interval, ..
        } = self.settings;
        self.state.spent.left(budget, interval, now) as usize
    }

    /// Notes requests that were made.
    pub fn spend(&mut self, requests: u32) {
        let spent = &mut self.state.spent.requests;
        *spent = spent.saturating_add(requests);
    }

    /// When something is due next.
    pub fn next_at(&self) -> Option<Timestamp> {
        let packages = self.state.packages.values().map(Followed::turn);
        let pending = self.state.pending.iter().map(|one| one.next_at);
        let sources = self.state.sources.values().map(|source| source.next_at);
        let asked = packages.chain(pending).min();
        let paused = self.state.pause.as_ref().map(|pause| pause.until);
        let asked = asked.map(|at| paused.map_or(at, |until| at.max(until)));
        let owed = self.state.letters.iter().flat_map(|letter| &letter.owed);
        let digest = self.digest_at();
        let others = owed.map(|owed| owed.next_at).chain(sources).chain(digest);
        asked.into_iter().chain(others).min()
    }

    /// What is to be inspected now, at most so many.
    pub fn to_inspect(&self, most: usize, now: Timestamp) -> Vec<Pending> {
        let due = self.state.pending.iter().filter(|one| one.next_at <= now);
        due.take(most).cloned().collect()
    }

    /// Takes the result of an inspection.
    pub fn looked(&mut self, package: &str, version: &str, looked: Looked, now: Timestamp) {
        let is_it = |one: &Pending| one.package == package && one.version == version;
        let Some(place) = self.state.pending.iter().position(is_it) else {
            return;
        };
        match looked {
            Looked::Done(version) => {
                self.state.pending.remove(place);
                self.looked.push(*version);
            }
            Looked::Again(version) => {
                let pending = &mut self.state.pending[place];
                pending.tries += 1;
                if pending.tries >= TRIES {
                    self.state.pending.remove(place);
                    self.looked.push(*version);
                    return;
                }
                let longer = 4_i32.saturating_pow(pending.tries - 1);
                pending.next_at = later(now, TRY_AGAIN.saturating_mul(longer));
            }
        }
    }

    /// All that advisories say of what is in use, once each. What is there at the first look is learned, unless it is malicious;
    /// what a changed lockfile brings along waits for the digest, as it is no news that it is vulnerable.
    pub fn concerns(&mut self, concerns: Vec<Concern>, now: Timestamp) {
        let mut keys = BTreeSet::new();
        for concern in concerns {
            let advised = concern.advised;
            let first = advised.ids.first().map_or("", String::as_str);
            let sort = if advised.malicious {
                "malicious"
            } else {
                "vulnerable"
            };
            let key = format!("{sort} {first} {}@{}", advised.package, advised.version);
            let is_new = !self.state.advisories.contains(&key) && keys.insert(key.clone());
            keys.insert(key.clone());
            if !is_new {
                continue;
            }
            let id = format!("{}@{}", advised.package, advised.version);
            let was_used = self.state.used.contains(&id);
            let has_learned = self.state.has_learned_advisories;
            if advised.malicious || concern.is_serious && has_learned && was_used {
                self.tell(News::Advisory(advised), &key, now);
            } else if has_learned {
                self.state.quiet.advisory(advised);
            }
        }
        self.state.advisories = keys;
        let used = self.used.iter().flat_map(|(name, versions)| {
            let id = move |version| format!("{name}@{version}");
            versions.iter().map(id)
        });
        self.state.used = used.collect();
        self.state.has_learned_advisories = true;
    }

    fn gone(&mut self, package: &str, version: Option<String>, now: Timestamp) {
        let key = format!("{package}@{}", version.as_deref().unwrap_or("*"));
        let news = News::Gone(Gone {
            package: package.to_owned(),
            version,
        });
        self.tell(news, &format!("{key} {now}"), now);
    }

    /// Tells that something could not be asked, or can be again.
    pub fn trouble(
        &mut self,
        with: &str,
        text: &str,
        since: Timestamp,
        over: bool,
        now: Timestamp,
    ) {
        let key = format!("{with} {since} {over}");
        let news = News::Trouble(Trouble {
            with: with.to_owned(),
            text: text.to_owned(),
            since,
            over,
        });
        self.tell(news, &key, now);
    }

    fn tell(&mut self, news: News, key: &str, now: Timestamp) {
        self.state.quiet.told += 1;
        let kind = news.kind();
        let wanting = self.sinks.iter().filter(|sink| sink.wants(kind));
        let to = wanting.map(|sink| sink.name.clone()).collect();
        let event = Event::new(&self.project, news, key, now);
        self.state.post(event, to, now);
    }
}
