//! Which publication times of a packument can be believed when the package is met for the first time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::Version;

/// How far a time may lie ahead of our clock.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The publication time of each version in the order of `versions`, as far as it can be true. A version cannot be older
/// than its package (`created`) nor than a lower patch of its major.minor line: it gets the latest of these times, so
/// that a forged date gains nothing, and old packages stay old on registries whose own dates are in disorder. `None`
/// where the time is missing or lies in the future: then the first contact counts.
///
/// Prereleases are held to their line, but say nothing about others: nightly builds have no order.
pub fn plausible_times(
    created: Option<Timestamp>,
    versions: &[(Option<&Version>, Option<Timestamp>)],
    now: Timestamp,
) -> Vec<Option<Timestamp>> {
    let possible = |time: &Timestamp| time.duration_since(now) <= AHEAD;
    let created = created.filter(possible);
    let mut times: Vec<Option<Timestamp>> = versions
        .iter()
        .map(|(_, published)| published.filter(possible))
        .collect();
    let lines = lines(versions, &times);
    for ((version, _), time) in versions.iter().zip(&mut times) {
        let line = version.and_then(|of| Some((of, lines.get(&(of.major, of.minor))?)));
        let lower = line.and_then(|(of, line)| line.range(..of.patch).next_back());
        let bound = lower.map(|(_, newest)| *newest).max(created);
        *time = time.map(|time| bound.map_or(time, |bound| time.max(bound)));
    }
    times
}

/// For each line and patch, the newest time of that patch and all lower ones.
fn lines(
    versions: &[(Option<&Version>, Option<Timestamp>)],
    times: &[Option<Timestamp>],
) -> BTreeMap<(u64, u64), BTreeMap<u64, Timestamp>> {
    let mut lines: BTreeMap<(u64, u64), BTreeMap<u64, Timestamp>> = BTreeMap::new();
    for ((version, _), time) in versions.iter().zip(times) {
        if let (Some(version), Some(time)) = (version.filter(|of| !of.is_prerelease()), time) {
            let line = lines.entry((version.major, version.minor)).or_default();
            line.insert(version.patch, *time);
        }
    }
    for line in lines.values_mut() {
        let mut newest = Timestamp::MIN;
        for time in line.values_mut() {
            newest = newest.max(*time);
            *time = newest;
        }
    }
    lines
}

#[cfg(test)]
mod tests;
