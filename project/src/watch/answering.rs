//! Taking answers in: what a document newly lists, what it no longer has, who else should be asked.

use jiff::Timestamp;
use lazaret_npm::Version;
use lazaret_policy::burst::{self, EARLIER, Publication};

use super::event::{Outcome, Quiet};
use super::schedule::{Pause, after_failures, next_turn};
use super::state::Pending;
use super::{Answered, Document, MOST_INSPECTED, Watch};

/// Failures in a row that are the registry's, not the packages'.
const STRIKES: u32 = 3;

/// New versions of one document that take part in bursts.
const MOST_PUBLISHED: usize = 10;

impl Watch {
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
}
