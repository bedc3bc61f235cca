//! What becomes of packages after they were taken in: which versions appear, who would get them, what is said of those in
//! use. Pure: it asks nobody, has no clock, and tells by making letters for others to deliver.

pub mod event;
pub mod feeds;
mod hints;
mod outbox;
mod receivers;
pub mod schedule;
pub mod state;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::Version;

pub use event::{Event, NewVersion, News, Outcome};
pub use hints::{DueSource, SourceRead};
use lazaret_policy::burst;
pub use lazaret_policy::burst::{EARLIER, Publication, Rule as BurstRule};
pub use outbox::Sink;
pub use receivers::{Receivers, in_use, receivers};
pub use state::{Pending, State};

use event::{Advised, Burst, Digest, Family, Gone, Quiet, Trouble};
use schedule::{Pause, after_failures, later, next_turn, spread};
use state::{Followed, Quietly, ToldBurst};

/// How long a publication takes part in bursts after it was seen.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// How often an inspection is tried, and how long the first failure waits.
const TRIES: u32 = 5;
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// Versions of one package that are inspected when they appear at once; more are told as not inspected.
pub const MOST_INSPECTED: usize = 8;

/// New versions of one document that take part in bursts, and publications of a day that do.
const MOST_PUBLISHED: usize = 10;
const MOST_RECENT: usize = 5_000;

/// Versions that one burst tells in full, and packages that it names.
const BURST_VERSIONS: usize = 40;
const BURST_PACKAGES: usize = 500;

/// Packages that a digest names because they were not answered.
const UNANSWERED: usize = 50;

/// Failures in a row that are the registry's, not the packages'.
const STRIKES: u32 = 3;

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

    /// Takes an answer in. New versions are queued for inspection, and what else the same people publish is asked at once.
    pub fn answered(&mut self, package: &str, answer: Answered<'_>, now: Timestamp) {
        let interval = self.settings.interval;
        let Some(followed) = self.state.packages.get_mut(package) else {
            return;
        };
        let answer = match answer {
            Answered::Down {
                why,
                may_be_alone: true,
                ..
            } if self.strikes + 1 < STRIKES => {
                self.strikes += 1;
                Answered::Refused(why)
            }
            other => other,
        };
        if let Answered::Down {
            why, retry_after, ..
        } = answer
        {
            // One that is ill by itself must not be the first that is asked each time.
            followed.next_at = followed.next_at.max(now);
            let before = self.state.pause.take();
            let mut pause = match before {
                // Asked at the same time as the one that failed first: it is one failure.
                Some(before) if before.until > now => before.at_least(retry_after, now),
                before => Pause::after(before, retry_after, why, now),
            };
            if pause.is_worth_telling() {
                pause.told = true;
                self.trouble("registry", &pause.why.clone(), pause.since, false, now);
            }
            self.state.pause = Some(pause);
            return;
        }
        if !matches!(answer, Answered::Refused(_)) {
            self.strikes = 0;
        }
        followed.failures = match answer {
            Answered::Refused(_) => followed.failures.saturating_add(1),
            _ => 0,
        };
        followed.next_at = match followed.failures {
            0 => next_turn(followed.next_at, interval, now),
            failures => after_failures(failures, interval, now),
        };
        followed.error = None;
        match answer {
            Answered::Unchanged => followed.checked_at = Some(now),
            Answered::Refused(why) => followed.error = Some(why),
            Answered::Missing => {
                followed.etag = None;
                followed.last_modified = None;
                let is_news = followed.gone.insert(String::new()) && followed.checked_at.is_some();
                if is_news {
                    self.gone(package, None, now);
                }
            }
            Answered::Document(document) => self.document(package, document, now),
            Answered::Down { .. } => {}
        }
        // A refusal may be what being down looks like.
        if self.strikes == 0
            && let Some(pause) = self.state.pause.take()
            && pause.told
        {
            self.trouble("registry", "it answers again", pause.since, true, now);
        }
    }

    fn document(&mut self, package: &str, document: &dyn Document, now: Timestamp) {
        let Some(followed) = self.state.packages.get_mut(package) else {
            return;
        };
        (followed.etag, followed.last_modified) = document.validators();
        let mut offered = document.versions();
        // By time, the newest first; those without a time last.
        offered.sort_by(|(one, at), (other, other_at)| (other_at, other).cmp(&(at, one)));
        let absent_at = followed.checked_at.replace(now);
        followed.gone.remove("");
        followed.publisher = offered
            .first()
            .and_then(|(version, _)| document.publisher(version));
        let mut versions: Vec<String> =
            offered.iter().map(|(version, _)| version.clone()).collect();
        versions.sort();
        versions.dedup();
        let known = std::mem::replace(&mut followed.versions, versions);
        let used = self.used.get(package).map_or(&[][..], Vec::as_slice);
        // Only what was there can be gone.
        let vanished: Vec<String> = used
            .iter()
            .filter(|version| known.binary_search(version).is_ok())
            .filter(|version| followed.versions.binary_search(version).is_err())
            .filter(|version| !followed.gone.contains(*version))
            .cloned()
            .collect();
        followed
            .gone
            .retain(|version| followed.versions.binary_search(version).is_err());
        followed.gone.extend(vanished.iter().cloned());
        for version in vanished {
            self.gone(package, Some(version), now);
        }
        let Some(absent_at) = absent_at else {
            return;
        };
        let new: Vec<usize> = (0..offered.len())
            .filter(|index| known.binary_search(&offered[*index].0).is_err())
            .collect();
        if new.is_empty() {
            return;
        }
        // They are ordered by time: the newest.
        for index in new.iter().take(MOST_PUBLISHED) {
            let (version, published) = &offered[*index];
            let publisher = document.publisher(version);
            if let Some(published) = *published {
                let earlier = offered[*index + 1..].iter();
                let earlier = earlier.filter_map(|(version, at)| Some((version, (*at)?)));
                let earlier = earlier
                    .take(EARLIER)
                    .map(|(version, at)| (at, document.publisher(version)));
                self.state.recent.push(Publication {
                    package: package.to_owned(),
                    version: version.clone(),
                    published,
                    publisher: publisher.clone(),
                    earlier: earlier.collect(),
                    seen: now,
                });
            }
            self.hurry_siblings(package, publisher.as_deref(), now);
        }
        self.queue(package, &offered, &new, document, absent_at, now);
    }

    /// Queues what is to be inspected; what is too much is told in the digest.
    fn queue(
        &mut self,
        package: &str,
        offered: &[(String, Option<Timestamp>)],
        new: &[usize],
        document: &dyn Document,
        absent_at: Timestamp,
        now: Timestamp,
    ) {
        let mut new: Vec<usize> = new.to_vec();
        let semver = |index: &usize| Version::parse_loose(&offered[*index].0).ok();
        // What clients resolve to: tags, then the highest.
        new.sort_by_key(|index| {
            (
                !document.tagged(&offered[*index].0),
                std::cmp::Reverse(semver(index)),
            )
        });
        for (place, index) in new.into_iter().enumerate() {
            let (version, published) = &offered[index];
            let is_waiting = |one: &Pending| one.package == package && one.version == *version;
            if self.state.pending.iter().any(is_waiting) {
                continue;
            }
            if place >= MOST_INSPECTED {
                self.state.quiet.version(Quiet {
                    package: package.to_owned(),
                    version: version.clone(),
                    published: *published,
                    outcome: Outcome::NotInspected,
                    receivers: 0,
                });
                continue;
            }
            self.state.pending.push(Pending {
                package: package.to_owned(),
                version: version.clone(),
                published: *published,
                publisher: document.publisher(version),
                absent_at: Some(absent_at),
                tries: 0,
                next_at: now,
            });
        }
    }

    /// A burst shows within a minute, not within an interval.
    fn hurry_siblings(&mut self, package: &str, publisher: Option<&str>, now: Timestamp) {
        let scope = burst::scope(package);
        for (name, followed) in &mut self.state.packages {
            let is_sibling = followed.publisher.is_some()
                && followed.publisher.as_deref() == publisher
                || scope.is_some() && burst::scope(name) == scope;
            // What was asked a moment ago is news enough.
            let is_old = followed
                .checked_at
                .is_some_and(|at| now.duration_since(at) > self.settings.burst.within / 10);
            if is_sibling && is_old && name != package {
                followed.next_at = followed.next_at.min(now);
            }
        }
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

    /// Tells what was found since the last time: bursts first, then single versions that would be held, then a digest if it is time.
    pub fn settle(&mut self, now: Timestamp) {
        let looked = std::mem::take(&mut self.looked);
        let mut left: BTreeMap<(String, String), NewVersion> = looked
            .into_iter()
            .map(|one| ((one.package.clone(), one.version.clone()), one))
            .collect();
        self.forget(now);
        self.tell_bursts(&mut left, now);
        for (_, version) in left {
            if version.is_held() {
                let key = version.id();
                self.tell(News::NewVersion(Box::new(version)), &key, now);
            } else {
                self.quietly(&version);
            }
        }
        if self.digest_at().is_some_and(|at| at <= now) {
            self.tell_digest(now);
        }
    }

    /// Whether something still has to be inspected before this burst can be told in full.
    fn is_awaited(&self, members: &[usize]) -> bool {
        members
            .iter()
            .map(|index| &self.state.recent[*index])
            .any(|one| {
                let mut pending = self.state.pending.iter();
                // What failed once is not waited for.
                pending.any(|of| {
                    of.tries == 0 && of.package == one.package && of.version == one.version
                })
            })
    }

    fn tell_bursts(&mut self, left: &mut BTreeMap<(String, String), NewVersion>, now: Timestamp) {
        let rule = self.settings.burst;
        for found in burst::bursts(&self.state.recent, rule) {
            let key = format!("{:?} {}", found.by, found.who);
            let members: Vec<Publication> = found
                .members
                .iter()
                .map(|index| self.state.recent[*index].clone())
                .collect();
            let ids: BTreeSet<String> = members
                .iter()
                .map(|one| format!("{}@{}", one.package, one.version))
                .collect();
            let told = self
                .state
                .bursts
                .get(&key)
                .map(|told| told.packages.clone())
                .unwrap_or_default();
            let new = ids.difference(&told).count();
            let versions: Vec<&NewVersion> = members
                .iter()
                .filter_map(|one| left.get(&(one.package.clone(), one.version.clone())))
                .collect();
            let any_held = versions.iter().any(|one| one.is_held());
            let is_loud = any_held || !found.is_habit;
            // A few more of the same are told one by one, as far as they would be held.
            let is_news = told.is_empty() || new >= rule.packages;
            if !is_news || self.is_awaited(&found.members) && found.is_habit {
                continue;
            }
            let was_habit = self
                .state
                .bursts
                .get(&key)
                .is_some_and(|told| told.is_habit);
            if found.is_habit && was_habit && !any_held {
                continue;
            }
            let count = members
                .iter()
                .map(|one| one.package.as_str())
                .collect::<BTreeSet<_>>()
                .len();
            if is_loud {
                let mut told: Vec<NewVersion> = Vec::new();
                for one in &members {
                    let version = left.remove(&(one.package.clone(), one.version.clone()));
                    match version {
                        Some(version) if version.outcome >= Outcome::Note || version.malicious => {
                            told.push(version)
                        }
                        Some(version) => self.quietly(&version),
                        None => {}
                    }
                }
                told.sort_by(|one, other| {
                    let key =
                        |of: &NewVersion| (std::cmp::Reverse((of.malicious, of.outcome)), of.id());
                    key(one).cmp(&key(other))
                });
                for version in told
                    .drain(BURST_VERSIONS.min(told.len())..)
                    .collect::<Vec<_>>()
                {
                    // Not lost: each is told by itself.
                    left.insert((version.package.clone(), version.version.clone()), version);
                }
                let mut packages: Vec<String> = members
                    .iter()
                    .map(|one| format!("{}@{}", one.package, one.version))
                    .collect();
                let more = packages.len().saturating_sub(BURST_PACKAGES);
                packages.truncate(BURST_PACKAGES);
                let times = || members.iter().map(|one| one.published);
                let news = News::Burst(Burst {
                    by: found.by,
                    who: found.who.clone(),
                    first: times().min().unwrap_or(now),
                    last: times().max().unwrap_or(now),
                    packages,
                    more_packages: more,
                    versions: told,
                });
                let all: Vec<&str> = ids.iter().map(String::as_str).collect();
                self.tell(news, &format!("{key} {}", all.join(" ")), now);
            } else {
                self.state.quiet.family(Family {
                    who: found.who.clone(),
                    packages: count,
                });
            }
            self.state.bursts.insert(
                key,
                ToldBurst {
                    packages: ids,
                    seen: now,
                    is_habit: !is_loud,
                },
            );
        }
    }

    fn quietly(&mut self, version: &NewVersion) {
        self.state.quiet.version(Quiet {
            package: version.package.clone(),
            version: version.version.clone(),
            published: version.published,
            outcome: version.outcome,
            receivers: version.receivers.len() + version.more_receivers,
        });
    }

    fn digest_at(&self) -> Option<Timestamp> {
        let every = self.settings.digest?;
        Some(later(self.state.quiet.since, every))
    }

    fn tell_digest(&mut self, now: Timestamp) {
        let quiet = std::mem::replace(&mut self.state.quiet, Quietly::since(now));
        let failing = self.state.packages.iter().filter_map(|(name, followed)| {
            let error = followed.error.clone().filter(|_| followed.failures > 0)?;
            Some((name.clone(), error))
        });
        let news = News::Digest(Digest {
            since: quiet.since,
            until: now,
            packages: self.used.len(),
            versions: quiet.versions.into_iter().collect(),
            more_versions: quiet.more_versions,
            advisories: quiet.advisories,
            more_advisories: quiet.more_advisories,
            families: quiet.families.into_iter().collect(),
            told: quiet.told,
            unanswered: failing.take(UNANSWERED).collect(),
            undelivered: quiet.undelivered,
        });
        self.tell(news, &quiet.since.to_string(), now);
        // The digest itself is no news.
        self.state.quiet.told = 0;
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

    fn forget(&mut self, now: Timestamp) {
        let is_recent = |at: Timestamp| now.duration_since(at) <= RECENT;
        self.state.recent.retain(|one| is_recent(one.seen));
        let more = self.state.recent.len().saturating_sub(MOST_RECENT);
        self.state.recent.drain(..more);
        self.state.bursts.retain(|_, told| is_recent(told.seen));
    }
}
