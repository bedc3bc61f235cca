//! Benign updates: for packages of the tree, two versions about one month apart, and the newest patch release.

use super::npm::Npm;
use super::{Corpus, npm_cache, packages};
use anyhow::Result;
use jiff::Timestamp;
use semver::Version;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// "About one month", in days between the two releases.
const MONTH: std::ops::RangeInclusive<f64> = 20.0..=45.0;
/// A patch that came later than that is no ordinary one.
const PATCH_WITHIN: f64 = 120.0;
/// Of one scope: its packages are released together, so more of them say little more.
const OF_ONE_SCOPE: usize = 12;
/// How many of each spacing are kept: the registry may be small, and more would narrow the interval by little.
const MONTHS: usize = 360;
const PATCHES: usize = 120;
/// Larger packages are left to the tree, which has them already.
const LARGEST: u64 = 100 << 20;
/// Fetched by one call of npm.
const AT_ONCE: usize = 12;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) step: Step,
    pub(crate) spacing: Spacing,
    pub(crate) days: f64,
    /// Of what was fetched.
    #[serde(default)]
    pub(crate) integrity: Option<[String; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    Major,
    Minor,
    Patch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Spacing {
    Month,
    /// One patch release and the one before it.
    Next,
}

#[derive(Clone, Debug)]
struct Release {
    version: Version,
    published: Timestamp,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    time: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Manifest>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    dist: Dist,
    deprecated: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Dist {
    unpacked_size: Option<u64>,
}

pub(super) fn pick(
    names: &BTreeSet<&str>,
    index: &npm_cache::Index,
    malicious: &BTreeSet<(String, String)>,
    until: Timestamp,
) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut of_scope: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let documents = index.documents(name);
        let document = documents
            .iter()
            .filter_map(|bytes| serde_json::from_slice::<Document>(bytes).ok())
            .find(|document| !document.time.is_empty());
        let Some(document) = document else { continue };
        let releases = releases(name, &document, malicious, until);
        let picked: Vec<Pair> = [month_apart(name, &releases), newest_patch(name, &releases)]
            .into_iter()
            .flatten()
            .collect();
        if picked.is_empty() {
            continue;
        }
        if let Some((scope, _)) = name.split_once('/') {
            let count = of_scope.entry(scope).or_default();
            *count += 1;
            if *count > OF_ONE_SCOPE {
                continue;
            }
        }
        for pair in picked {
            let same = |other: &Pair| {
                other.name == pair.name && other.before == pair.before && other.after == pair.after
            };
            if !pairs.iter().any(same) {
                pairs.push(pair);
            }
        }
    }
    Ok(sample(pairs))
}

/// The same for everybody, and of no particular letter: in order of the names' hashes.
fn sample(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by_cached_key(|pair| npm_cache::sha512(pair.name.as_bytes()));
    let mut left = BTreeMap::from([(Spacing::Month, MONTHS), (Spacing::Next, PATCHES)]);
    pairs.retain(|pair| {
        let left = left.entry(pair.spacing).or_default();
        let keep = *left > 0;
        *left -= usize::from(keep);
        keep
    });
    pairs.sort_by(|one, other| (&one.name, one.spacing).cmp(&(&other.name, other.spacing)));
    pairs
}

/// What may be one side of a pair, in order of versions.
fn releases(
    name: &str,
    document: &Document,
    malicious: &BTreeSet<(String, String)>,
    until: Timestamp,
) -> Vec<Release> {
    let mut releases: Vec<Release> = document
        .versions
        .iter()
        .filter(|(version, manifest)| {
            manifest.deprecated.is_none()
                && manifest.dist.unpacked_size.unwrap_or(0) <= LARGEST
                && !malicious.contains(&(name.to_owned(), (*version).clone()))
        })
        .filter_map(|(version, _)| {
            Some(Release {
                version: Version::parse(version)
                    .ok()
                    .filter(|version| version.pre.is_empty())?,
                published: document.time.get(version)?.parse().ok()?,
            })
        })
        .filter(|release| release.published <= until)
        .collect();
    releases.sort_by(|one, other| one.version.cmp(&other.version));
    releases
}

/// The newest release for which there is a lower one about a month older; of several, the highest.
fn month_apart(name: &str, releases: &[Release]) -> Option<Pair> {
    newest_first(releases).into_iter().find_map(|at| {
        let before = (0..at).rev().find(|lower| {
            MONTH.contains(&days(releases, *lower, at)) && in_order(releases, *lower, at)
        })?;
        Some(pair(name, releases, before, at, Spacing::Month))
    })
}

/// The newest release that is the next patch of the one before it.
fn newest_patch(name: &str, releases: &[Release]) -> Option<Pair> {
    newest_first(releases).into_iter().find_map(|at| {
        let before = at.checked_sub(1)?;
        let is_patch = step(&releases[before].version, &releases[at].version) == Step::Patch;
        let gap = days(releases, before, at);
        (is_patch && (0.0..=PATCH_WITHIN).contains(&gap) && in_order(releases, before, at))
            .then(|| pair(name, releases, before, at, Spacing::Next))
    })
}

fn newest_first(releases: &[Release]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..releases.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse((releases[*at].published, *at)));
    order
}

/// A mirror may give the time at which it first saw a version. Such times do not follow the versions; where the
/// releases of the pair and those round it are out of order, its distance says nothing.
fn in_order(releases: &[Release], before: usize, after: usize) -> bool {
    let (from, to) = (
        releases[before].version.major,
        releases[after].version.major,
    );
    let neighbours = before.saturating_sub(2)..=(after + 2).min(releases.len() - 1);
    // Fixes of an older line come late, by right: outside the pair only its own lines count.
    let counted = neighbours.filter(|at| {
        (before..=after).contains(at) || [from, to].contains(&releases[*at].version.major)
    });
    to - from <= 1 && counted.is_sorted_by_key(|at| releases[at].published)
}

fn days(releases: &[Release], before: usize, after: usize) -> f64 {
    let seconds = releases[after].published.as_second() - releases[before].published.as_second();
    seconds as f64 / 86_400.0
}

fn pair(name: &str, releases: &[Release], before: usize, after: usize, spacing: Spacing) -> Pair {
    let gap = days(releases, before, after);
    let (before, after) = (&releases[before].version, &releases[after].version);
    Pair {
        name: name.to_owned(),
        step: step(before, after),
        before: before.to_string(),
        after: after.to_string(),
        spacing,
        days: (gap * 10.0).round() / 10.0,
        integrity: None,
    }
}

fn step(before: &Version, after: &Version) -> Step {
    if before.major != after.major {
        Step::Major
    } else if before.minor != after.minor {
        Step::Minor
    } else {
        Step::Patch
    }
}

/// Fetches both sides of each pair. Pairs that the registry does not give any more are left out, and said.
pub(super) fn fetch(corpus: &Corpus, npm: &Npm, picked: Vec<Pair>) -> Result<Vec<Pair>> {
    let wanted: BTreeSet<(&str, &str)> = picked
        .iter()
        .flat_map(|pair| {
            [&pair.before, &pair.after].map(|version| (pair.name.as_str(), version.as_str()))
        })
        .collect();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(name, version)| !corpus.tarball(name, version).is_file())
        .map(|(name, version)| format!("{name}@{version}"))
        .collect();
    for (at, piece) in missing.chunks(AT_ONCE).enumerate() {
        eprintln!("fetching updates: {} of {}", at * AT_ONCE, missing.len());
        if !npm.add(piece)? {
            for one in piece {
                if !npm.add(std::slice::from_ref(one))? {
                    eprintln!("could not fetch {one}");
                }
            }
        }
    }

    let index = npm_cache::Index::read(&npm.cache)?;
    for (name, version) in wanted {
        if let Some(bytes) = index.tarball(name, version)? {
            packages::keep(&corpus.tarball(name, version), &bytes)?;
        }
    }
    let mut pairs = Vec::new();
    for pair in picked {
        let sides = [&pair.before, &pair.after].map(|version| corpus.tarball(&pair.name, version));
        if sides.iter().all(|side| side.is_file()) {
            let [before, after] =
                sides.map(|side| std::fs::read(side).map(|bytes| npm_cache::sha512(&bytes)));
            pairs.push(Pair {
                integrity: Some([before?, after?]),
                ..pair
            });
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests;
