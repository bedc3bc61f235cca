//! Version ranges as npm's `semver` reads and answers them.

mod comparator;
mod parse;

use std::fmt;

use crate::as_text::as_text;
use crate::text::printable_up_to;
use crate::version::Version;

use comparator::Comparator;

/// Longest range that is read, in bytes. npm has no such limit; the longest seen in packages has a few hundred.
pub const RANGE_LIMIT: usize = 4096;

/// Most alternatives (`||`) of one range, and most comparators of one alternative.
pub const RANGE_PARTS_LIMIT: usize = 256;

/// `^1.2.0 || >=3 <4`: alternatives, of which one must hold; each is comparators, which must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Range {
    alternatives: Box<[Alternative]>,
    /// One alternative takes every release. npm then forgets the others, and with them the prereleases they name.
    any: bool,
}

/// Comparators that must all hold; none means any version.
type Alternative = Box<[Comparator]>;

/// Why a text is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a version range: {fault}")]
pub struct RangeError {
    text: String,
    fault: RangeFault,
}

/// What is wrong with the text of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeFault {
    #[error("it is longer than {RANGE_LIMIT} bytes")]
    TooLong,
    #[error("it has more than {RANGE_PARTS_LIMIT} parts")]
    TooManyParts,
    #[error(
        "a range reads like ^1.2.0, ~1.2, 1.x, >=1.0.0 <2 or 1.0.0 - 2.0.0, several joined by ||"
    )]
    Malformed,
    #[error("its numbers go up to {}", crate::version::NUMBER_LIMIT)]
    NumberTooLarge,
}

impl Range {
    /// Parses as npm's `semver` does by default. The empty text means any version.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        Self::read(text, false)
    }

    /// Parses as npm's `semver` does with `loose`, which is how clients read dependencies: versions may be
    /// loose ones, and words that are no comparators are passed over as long as one alternative remains.
    pub fn parse_loose(text: &str) -> Result<Self, RangeError> {
        Self::read(text, true)
    }

    /// The range that every release satisfies: `*`.
    pub fn any() -> Self {
        Self {
            alternatives: Box::new([Box::default()]),
            any: true,
        }
    }

    /// Whether every release satisfies it: `*`, the empty text, `>=0.0.0`, `1 || *`.
    pub fn is_any(&self) -> bool {
        self.any
    }

    /// npm's `satisfies`: a prerelease is in the range only if the alternative that holds names a prerelease
    /// of the very same major.minor.patch.
    pub fn satisfies(&self, version: &Version) -> bool {
        if self.any {
            return !version.is_prerelease();
        }
        self.alternatives
            .iter()
            .any(|all| admits(all, version) && prerelease_is_named(all, version))
    }

    /// npm's `satisfies` with `includePrerelease`: prereleases count like releases, and the lower end of
    /// an incomplete version (`1.x`, `>=1.2`) is its first prerelease.
    pub fn satisfies_including_prereleases(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| {
            all.iter()
                .all(|one| one.admits_including_prereleases(version))
        })
    }

    fn read(text: &str, loose: bool) -> Result<Self, RangeError> {
        match parse::alternatives(text, loose) {
            Ok(alternatives) => Ok(Self {
                any: alternatives.iter().any(takes_every_release),
                alternatives,
            }),
            Err(fault) => Err(RangeError {
                text: printable_up_to(text, 120).into_owned(),
                fault,
            }),
        }
    }
}

impl RangeError {
    /// What is wrong.
    pub fn fault(&self) -> RangeFault {
        self.fault
    }
}

fn takes_every_release(all: &Alternative) -> bool {
    all.iter().all(Comparator::is_anything)
}

fn admits(all: &Alternative, version: &Version) -> bool {
    all.iter().all(|one| one.admits(version))
}

fn prerelease_is_named(all: &Alternative, version: &Version) -> bool {
    !version.is_prerelease()
        || all
            .iter()
            .any(|one| one.bound.is_prerelease() && one.bound.same_release(version))
}

/// In npm's normal form: `^1.2` displays as `>=1.2.0 <2.0.0-0`, any version as `*`.
impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.any {
            return out.write_str("*");
        }
        for (index, all) in self.alternatives.iter().enumerate() {
            if index > 0 {
                out.write_str("||")?;
            }
            let mut written: Vec<&Comparator> = Vec::with_capacity(all.len());
            for one in all {
                if one.is_anything() || written.iter().any(|other| one.reads_like(other)) {
                    continue;
                }
                if !written.is_empty() {
                    out.write_str(" ")?;
                }
                one.fmt(out)?;
                written.push(one);
            }
        }
        Ok(())
    }
}

as_text!(Range, RangeError, "a version range such as ^1.2.0");

#[cfg(test)]
mod tests;
