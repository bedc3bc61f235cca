//! Telling what was found: bursts first, then single versions that would be held, then a digest if it is time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use lazaret_policy::burst::{self, Publication};

use super::Watch;
use super::event::{Burst, Digest, Family, NewVersion, News, Outcome, Quiet};
use super::schedule::later;
use super::state::{Quietly, ToldBurst};

/// How long a publication takes part in bursts after it was seen, and how many do.
const RECENT: SignedDuration = SignedDuration::from_hours(24);
const MOST_RECENT: usize = 5_000;

/// Versions that one burst tells in full, and packages that it names.
const BURST_VERSIONS: usize = 40;
const BURST_PACKAGES: usize = 500;

/// Packages that a digest names because they were not answered.
const UNANSWERED: usize = 50;

impl Watch {
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

    pub(super) fn digest_at(&self) -> Option<Timestamp> {
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

    fn forget(&mut self, now: Timestamp) {
        let is_recent = |at: Timestamp| now.duration_since(at) <= RECENT;
        self.state.recent.retain(|one| is_recent(one.seen));
        let more = self.state.recent.len().saturating_sub(MOST_RECENT);
        self.state.recent.drain(..more);
        self.state.bursts.retain(|_, told| is_recent(told.seen));
    }
}
