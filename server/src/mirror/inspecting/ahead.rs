//! What is inspected before anybody asks for its bytes: what a document is about to offer, and what has just appeared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use lazaret_npm::packument::Packument;
use lazaret_policy::Outcome;
use lazaret_store::{InspectionChange, QueuedInspection, Write};

use super::{Asker, Inspecting};
use crate::mirror::{Answer, Judged, Loaded, Mirror, TarballKey};

/// Versions that a document waits for at most: those that clients would resolve to.
const LOOKED_AT: usize = 8;
/// Versions of one document that are queued at most, the newest first.
const QUEUED: usize = 30;

/// Of what is queued: what a person asks for by its tag goes first.
const LATEST: i64 = 20;
const TAGGED: i64 = 10;
const OTHER: i64 = 5;

impl Mirror {
    /// The document once what clients would resolve to is inspected, so that they resolve to something else if it is bad.
    /// Whatever takes too long is listed all the same: its tarball waits for the inspection.
    pub(in crate::mirror) async fn looked_ahead(
        self: &Arc<Self>,
        loaded: Arc<Loaded>,
    ) -> Answer<Loaded> {
        let Some(settings) = self.inspection.enforced() else {
            return Ok(loaded);
        };
        let wanted = wanted(&loaded);
        if wanted.is_empty() {
            return Ok(loaded);
        }
        let until = Instant::now() + settings.hold;
        let keys: Vec<TarballKey> = wanted
            .into_iter()
            .map(|version| (loaded.listing.name.clone(), version))
            .collect();
        let asked = keys
            .iter()
            .map(|key| self.inspected(key, Asker::Request(until)));
        let is_news = join_all(asked).await.iter().any(|answer| {
            let inspected = answer.as_ref().ok();
            inspected.is_some_and(|inspected| !inspected.is_quiet())
        });
        match is_news {
            true => self.current(&loaded.listing.name).await,
            false => Ok(loaded),
        }
    }

    /// What is to be written so that versions are inspected before anybody asks for them. `appeared`: those that the
    /// document before did not have, if there was one.
    pub(in crate::mirror) fn queue_ahead(
        &self,
        loaded: &Loaded,
        appeared: Option<&BTreeSet<String>>,
    ) -> Option<Write> {
        if matches!(self.inspection, Inspecting::Off) {
            return None;
        }
        let now = Timestamp::now();
        let (packument, listing) = (&loaded.packument, &loaded.listing);
        let is_wanted = |version: &str, judged: &Judged| {
            let outcome = judged.verdict.as_ref().map(|verdict| verdict.outcome);
            let is_new = match appeared {
                Some(appeared) => appeared.contains(version),
                // On first contact, those that time alone is about to let go.
                None => outcome.is_some_and(|outcome| outcome.until().is_some()),
            };
            is_new && judged.is_young && !judged.was_inspected() && outcome != Some(Outcome::Block)
        };
        let mut new: Vec<_> = packument
            .entries()
            .iter()
            .zip(&listing.judged)
            .filter(|(entry, judged)| is_wanted(entry.version(), judged))
            .map(|(entry, _)| entry)
            .collect();
        new.sort_by_key(|entry| std::cmp::Reverse(entry.published()));
        new.truncate(QUEUED);
        if new.is_empty() {
            return None;
        }
        let rows = new.into_iter().map(|entry| {
            let version = entry.version();
            let priority = priority(packument, version);
            QueuedInspection::new(listing.name.clone(), version, priority, now)
        });
        Some(Write::Inspection(InspectionChange::Queued(rows.collect())))
    }

    /// Has a version inspected soon, without waiting for it.
    pub(in crate::mirror) async fn inspect_soon(&self, key: &TarballKey) {
        let row = QueuedInspection::new(key.0.clone(), &key.1, LATEST + 1, Timestamp::now());
        let queued = Write::Inspection(InspectionChange::Queued(vec![row]));
        if let Err(error) = self.store.queue(vec![queued]).await {
            tracing::error!(%error, "an inspection could not be queued");
        }
        self.queued.notify_one();
    }
}

fn priority(packument: &Packument, version: &str) -> i64 {
    let tags = packument.tags().iter();
    let mut of_version = tags.filter(|(_, target)| target == version);
    match of_version.next() {
        None => OTHER,
        Some((tag, _)) if tag == "latest" => LATEST,
        Some(_) => match of_version.any(|(tag, _)| tag == "latest") {
            true => LATEST,
            false => TAGGED,
        },
    }
}

/// Young versions that nothing holds, that nobody inspected, and that clients would resolve to: what tags name, and the
/// highest of each major and of each minor line. What is left is what only ranges with an odd end resolve to.
fn wanted(loaded: &Loaded) -> Vec<Box<str>> {
    let (packument, listing) = (&loaded.packument, &loaded.listing);
    let entries = packument.entries();
    let mut majors: BTreeMap<u64, usize> = BTreeMap::new();
    let mut minors: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(semver) = entry.semver().filter(|semver| !semver.is_prerelease()) else {
            continue;
        };
        if listing.judged[index].is_held() {
            continue;
        }
        let higher = |best: &mut usize| {
            if entries[*best].semver() < Some(semver) {
                *best = index;
            }
        };
        higher(majors.entry(semver.major).or_insert(index));
        let line = (semver.major, semver.minor);
        higher(minors.entry(line).or_insert(index));
    }
    let tagged = |is_latest: bool| {
        let tags = listing.tags.iter();
        tags.filter(move |(tag, _)| (tag == "latest") == is_latest)
            .filter_map(|(_, version)| packument.position(version))
    };
    let mut indices: Vec<usize> = tagged(true)
        .chain(majors.into_values().rev())
        .chain(tagged(false))
        .chain(minors.into_values().rev())
        .filter(|index| {
            let judged = &listing.judged[*index];
            judged.is_young && !judged.is_held() && !judged.was_inspected()
        })
        .collect();
    let mut seen = BTreeSet::new();
    indices.retain(|index| seen.insert(*index));
    indices.truncate(LOOKED_AT);
    let version = |index: usize| entries[index].version().into();
    indices.into_iter().map(version).collect()
}
