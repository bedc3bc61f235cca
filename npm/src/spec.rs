//! What a user asks for: `chalk`, `chalk@^5`, `@scope/name@next`.

use std::fmt;

use crate::as_text::as_text;
use crate::id::split_at_version;
use crate::name::{NameError, PackageName};
use crate::range::{RANGE_LIMIT, Range};
use crate::text::printable_up_to;
use crate::version::Version;

/// A package of a registry and which of its versions. Files, git and URLs are no specs here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spec {
    pub name: PackageName,
    pub wanted: Wanted,
}

/// Which version is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// This one.
    Exact(Version),
    /// The best that satisfies.
    Range(Range),
    /// The one that the publisher gave this name; `latest` where nothing was asked.
    Tag(Box<str>),
}

/// Why a text is not a spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(
        "\"{0}\" is no version, range or tag of a package: write name, name@1.2.3, name@^1.2 or name@tag"
    )]
    Wanted(String),
}

impl Spec {
    /// Parses as npm's command line does: a version and a range may be loose ones, everything else is a tag
    /// if a URL can carry it unescaped.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (name, wanted) = split_at_version(text.trim());
        Ok(Self {
            name: PackageName::parse(name)?,
            wanted: Wanted::parse(wanted.unwrap_or_default())?,
        })
    }
}

impl Wanted {
    /// Parses what stands after `name@`.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Tag("latest".into()));
        }
        if let Ok(version) = Version::parse_loose(text) {
            return Ok(Self::Exact(version));
        }
        if let Ok(range) = Range::parse_loose(text) {
            return Ok(Self::Range(range));
        }
        if text.len() <= RANGE_LIMIT && text.bytes().all(is_url_safe) {
            return Ok(Self::Tag(text.into()));
        }
        Err(SpecError::Wanted(printable_up_to(text, 80).into_owned()))
    }
}

/// What `encodeURIComponent` leaves alone.
fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

impl fmt::Display for Spec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.name, self.wanted)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => version.fmt(out),
            Self::Range(range) => range.fmt(out),
            Self::Tag(tag) => out.write_str(tag),
        }
    }
}

as_text!(
    Spec,
    SpecError,
    "a package such as chalk, chalk@^5 or chalk@next"
);

#[cfg(test)]
mod tests;
