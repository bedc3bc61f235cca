//! The version that an update is compared with.

use lazaret_npm::Version;

/// Of these versions the one that most who update to `version` come from: the highest lower one of the same line
/// (5.6.0 for 5.6.1), else the highest lower one. A release does not follow its own prereleases.
pub fn predecessor<'v>(
    version: &Version,
    versions: impl Iterator<Item = &'v Version>,
) -> Option<&'v Version> {
    let mut lower: Vec<&Version> = versions.filter(|other| *other < version).collect();
    if !version.is_prerelease() && lower.iter().any(|other| !other.is_prerelease()) {
        lower.retain(|other| !other.is_prerelease());
    }
    let same_line =
        |other: &&&Version| (other.major, other.minor) == (version.major, version.minor);
    let of_line = lower.iter().filter(same_line).max();
    of_line.or_else(|| lower.iter().max()).copied()
}
