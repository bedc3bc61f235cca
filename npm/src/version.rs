//! Versions as npm's `semver` reads and orders them.

mod identifier;
pub(crate) mod scan;

use std::cmp::Ordering;
use std::fmt;

use crate::as_text::as_text;
use crate::text::printable_up_to;

pub use identifier::Identifier;

/// Longest text that npm takes for a version, in bytes.
pub const VERSION_LIMIT: usize = 256;

/// JavaScript's largest exact integer, and so the largest major, minor or patch number.
pub const NUMBER_LIMIT: u64 = 9_007_199_254_740_991;

/// A version. Build metadata is checked and then dropped, as npm drops it from `version`:
/// it neither orders versions nor tells them apart.
///
/// Ordered by SemVer 2.0.0 precedence. One difference to npm's `semver`: numeric prerelease identifiers
/// above 2^53 are compared exactly, where JavaScript rounds them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// The first number; at most [`NUMBER_LIMIT`], as the other two.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    pre: Box<[Identifier]>,
}

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a version: {fault}")]
pub struct VersionError {
    text: String,
    fault: VersionFault,
}

/// What is wrong with the text of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionFault {
    #[error("it is longer than {VERSION_LIMIT} characters")]
    TooLong,
    #[error("a version reads 1.2.3 or 1.2.3-beta.1")]
    Malformed,
    #[error("its numbers go up to {NUMBER_LIMIT}")]
    NumberTooLarge,
}

impl Version {
    /// A release without prerelease identifiers.
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self {
            major,
            minor,
            patch,
            pre: Box::default(),
        }
    }

    /// Parses as npm's `semver` does by default: surrounding whitespace and one leading `v` are passed over,
    /// everything else is SemVer 2.0.0 to the letter.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        Self::read(text, false)
    }

    /// Parses as npm's `semver` does with `loose`: any run of `v`, `=` and spaces in front, leading zeros,
    /// and a prerelease without its hyphen (`1.2.3beta`). Clients read packuments and lockfiles this way.
    pub fn parse_loose(text: &str) -> Result<Self, VersionError> {
        Self::read(text, true)
    }

    /// The prerelease identifiers, `["beta", 1]` in `1.2.3-beta.1`; empty for a release.
    pub fn pre(&self) -> &[Identifier] {
        &self.pre
    }

    /// Whether there are prerelease identifiers.
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }

    /// Whether both have the same major, minor and patch numbers.
    pub(crate) fn same_release(&self, other: &Self) -> bool {
        self.release() == other.release()
    }

    pub(crate) fn release(&self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch)
    }

    pub(crate) fn with_pre(release: (u64, u64, u64), pre: Box<[Identifier]>) -> Self {
        let (major, minor, patch) = release;
        Self {
            major,
            minor,
            patch,
            pre,
        }
    }

    fn read(text: &str, loose: bool) -> Result<Self, VersionError> {
        scan::version(text, loose).map_err(|fault| VersionError {
            text: printable_up_to(text, 80).into_owned(),
            fault,
        })
    }
}

impl VersionError {
    /// What is wrong.
    pub fn fault(&self) -> VersionFault {
        self.fault
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.release().cmp(&other.release()).then_with(|| {
            match (self.is_prerelease(), other.is_prerelease()) {
                (false, false) => Ordering::Equal,
                // A release comes after its prereleases.
                (false, true) => Ordering::Greater,
                (true, false) => Ordering::Less,
                (true, true) => self.pre.cmp(&other.pre),
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (index, identifier) in self.pre.iter().enumerate() {
            out.write_str(if index == 0 { "-" } else { "." })?;
            identifier.fmt(out)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

as_text!(Version, VersionError, "a version such as 1.2.3");

#[cfg(test)]
mod tests;
