//! Which findings of a version are news.
//!
//! A finding is old if the version before has the same one: with the same function round it, or at least the same
//! call with the same arguments, as often. It is news all the same if it now runs earlier: a payload may lie there
//! for a version before something starts it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use super::Compared;
use crate::finding::{Finding, Phase, Place};
use crate::inspect::{Inspected, run};
use crate::report::Incomplete;

/// Is it new?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Novelty {
    New,
    /// It was there before, elsewhere.
    Moved,
    Unchanged,
}

/// Rules that say that inspection may not have seen what others see: nothing cancels them.
const NEVER_OLD: &[&str] = &["nonconforming-archive"];

/// When something runs, as coarsely as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Installing,
    Used,
    Idle,
}

fn reach(phase: Phase) -> Reach {
    match phase {
        Phase::Install => Reach::Installing,
        Phase::Import | Phase::Call | Phase::Bin => Reach::Used,
        Phase::Test | Phase::Unreachable => Reach::Idle,
    }
}

/// Findings of the version before, by what they are compared by.
#[derive(Default)]
struct Known<'f> {
    /// Rule, site, how it is reached: how many of them no finding of the version after has taken yet.
    sites: BTreeMap<(&'f str, u64, Reach), Entry<'f>>,
    fingerprints: BTreeMap<(u64, Reach), Vec<&'f Place>>,
}

#[derive(Default)]
struct Entry<'f> {
    left: usize,
    places: Vec<&'f Place>,
}

/// The findings of files and packages of the version after, each with its novelty, and how many of those before are
/// gone. What a function of unchanged shape does is not news either, unless it is one end of a chain: another function
/// may now bring it what it sends.
pub(super) fn compare(
    before: &Inspected,
    after: &Inspected,
    rebuilt: bool,
) -> (Vec<Compared>, usize) {
    let old: Vec<&Finding> = comparable(before).collect();
    let mut known = Known::default();
    for finding in &old {
        let reach = reach(finding.phase);
        let entry = known
            .sites
            .entry((finding.rule, finding.site, reach))
            .or_default();
        entry.left += 1;
        entry.places.push(&finding.place);
        known
            .fingerprints
            .entry((finding.fingerprint, reach))
            .or_default()
            .push(&finding.place);
    }
    let new: Vec<&Finding> = comparable(after).collect();
    // Exact ones first, so that an edited one does not take their place.
    let mut compared: Vec<Option<Compared>> = new
        .iter()
        .map(|finding| known.exact(finding).map(|place| old_one(finding, place)))
        .collect();
    let mut novelties = Vec::new();
    for (finding, compared) in new.iter().zip(&mut compared) {
        let compared = compared
            .take()
            .unwrap_or_else(|| match known.similar(finding, rebuilt) {
                Some(place) => old_one(finding, place),
                None => Compared {
                    novelty: if known.has_function(before, finding) {
                        Novelty::Moved
                    } else {
                        Novelty::New
                    },
                    was: None,
                    finding: (*finding).clone(),
                },
            });
        novelties.push(compared);
    }
    let sites: BTreeSet<(&str, u64)> = new
        .iter()
        .map(|finding| (finding.rule, finding.site))
        .collect();
    let gone = old
        .iter()
        .filter(|finding| !sites.contains(&(finding.rule, finding.site)))
        .count();
    (novelties, gone)
}

fn comparable(inspected: &Inspected) -> impl Iterator<Item = &Finding> {
    inspected
        .report
        .findings
        .iter()
        .filter(|finding| !run::is_of_history(finding.rule))
}

fn old_one(finding: &Finding, place: Place) -> Compared {
    let stays = place == finding.place;
    Compared {
        novelty: if stays {
            Novelty::Unchanged
        } else {
            Novelty::Moved
        },
        was: (!stays).then_some(place),
        finding: finding.clone(),
    }
}

impl Known<'_> {
    /// The same in the same function, that ran as early.
    fn exact(&mut self, finding: &Finding) -> Option<Place> {
        let until = reach(finding.phase);
        let ways = [Reach::Installing, Reach::Used, Reach::Idle];
        let may_be_old = !NEVER_OLD.contains(&finding.rule);
        let way = ways
            .into_iter()
            .filter(|way| may_be_old && *way <= until)
            .find(|way| self.fingerprints.contains_key(&(finding.fingerprint, *way)))?;
        if let Some(entry) = self.sites.get_mut(&(finding.rule, finding.site, way)) {
            entry.left = entry.left.saturating_sub(1);
        }
        let places = self.fingerprints.get(&(finding.fingerprint, way))?;
        nearest(places, &finding.place)
    }

    /// The same call in a function that was edited, if there were as many of them.
    fn similar(&mut self, finding: &Finding, rebuilt: bool) -> Option<Place> {
        let until = reach(finding.phase);
        if NEVER_OLD.contains(&finding.rule) {
            return None;
        }
        for way in [Reach::Installing, Reach::Used, Reach::Idle] {
            if way > until {
                break;
            }
            let Some(entry) = self.sites.get_mut(&(finding.rule, finding.site, way)) else {
                continue;
            };
            if entry.left > 0 || finding.named || rebuilt {
                entry.left = entry.left.saturating_sub(1);
                return nearest(&entry.places, &finding.place);
            }
        }
        None
    }

    /// The function round it was there before, and nothing of it was found then, not even idle.
    fn has_function(&self, before: &Inspected, finding: &Finding) -> bool {
        let is_known = [Reach::Installing, Reach::Used, Reach::Idle]
            .iter()
            .any(|way| self.fingerprints.contains_key(&(finding.fingerprint, *way)));
        !is_known
            && finding.shape != 0
            && finding.via.is_empty()
            && reach(finding.phase) != Reach::Installing
            && before.shapes.contains(finding.shape)
    }
}

/// The same place if it is among them, else one in the same file, else the first.
fn nearest(places: &[&Place], place: &Place) -> Option<Place> {
    places
        .iter()
        .find(|other| **other == place)
        .or_else(|| places.iter().find(|other| other.file == place.file))
        .or(places.first())
        .map(|place| (*place).clone())
}

/// What was not inspected to its end and is not the very same as before.
pub(super) fn unfinished(before: &Inspected, after: &Inspected) -> Vec<Incomplete> {
    let same_file = |path: &str| {
        let of = |inspected: &Inspected| {
            inspected
                .files
                .iter()
                .filter(|file| file.path == path)
                .map(|file| file.sha256.clone())
                .collect::<Vec<_>>()
        };
        of(before) == of(after)
    };
    after
        .report
        .incomplete
        .iter()
        .filter(|incomplete| {
            let told_before = before
                .report
                .incomplete
                .iter()
                .any(|old| old.file == incomplete.file && old.why == incomplete.why);
            !(told_before && incomplete.file.as_deref().is_some_and(same_file))
        })
        .cloned()
        .collect()
}
