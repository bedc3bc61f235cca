//! What this installation denies and allows by itself, by name and range, with a reason.

use std::fmt;

use jiff::Timestamp;
use lazaret_npm::name::PatternError;
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{NamePattern, PackageName, Range, RangeError, Version};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::moment::Expiry;
use crate::verdict::Effect;

/// Longest reason, in characters.
const REASON_LIMIT: usize = 300;

/// An entry of `[[policy.deny]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deny {
    pub package: Selector,
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    #[serde(default = "block")]
    pub effect: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Expiry>,
}

/// An entry of `[[policy.allow]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    pub package: Selector,
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Expiry>,
}

/// An entry that has run out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expired<'a> {
    /// `deny` or `allow`.
    pub list: &'static str,
    pub package: &'a Selector,
    pub reason: &'a str,
    pub until: Option<&'a Expiry>,
}

/// Packages and their versions: `event-stream@>=3.3.6 <4`, `left-pad`, `@scope/*`, `ours-*@1.x`.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    pattern: NamePattern,
    /// `None` is every version.
    range: Option<Range>,
    /// The range as it was written.
    spelling: Box<str>,
}

/// Why a text selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    #[error(transparent)]
    Name(#[from] PatternError),
    #[error("in \"{selector}\", {error}")]
    Range { selector: String, error: RangeError },
    #[error(
        "\"{0}\" ends with @: write the range after it, or leave the @ out to mean every version"
    )]
    NoRange(String),
}

impl Selector {
    /// Reads a name or pattern, and after an `@` a range.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let shown = || printable_up_to(text, 120).into_owned();
        // A scope begins with an @ as well.
        let separator = text
            .char_indices()
            .skip(1)
            .find(|(_, letter)| *letter == '@');
        let (name, spelling) = match separator {
            Some((at, _)) => (&text[..at], Some(text[at + 1..].trim())),
            None => (text, None),
        };
        let pattern = NamePattern::parse(name.trim())?;
        let range = match spelling {
            None => None,
            Some("") => return Err(SelectorError::NoRange(shown())),
            Some(range) => {
                let range = Range::parse(range).map_err(|error| SelectorError::Range {
                    selector: shown(),
                    error,
                })?;
                // `*` means more than the range of that name: prereleases, and what is not SemVer.
                (!range.is_any()).then_some(range)
            }
        };
        Ok(Self {
            pattern,
            range,
            spelling: spelling.unwrap_or_default().into(),
        })
    }

    /// For denying: a range covers the prereleases inside it, too.
    pub(crate) fn covers(
        &self,
        name: &PackageName,
        version: &str,
        semver: Option<&Version>,
    ) -> bool {
        self.selects(
            name,
            version,
            semver,
            Range::satisfies_including_prereleases,
        )
    }

    /// For allowing: a range covers a prerelease only if it names one of that release, as npm reads ranges.
    pub(crate) fn grants(
        &self,
        name: &PackageName,
        version: &str,
        semver: Option<&Version>,
    ) -> bool {
        self.selects(name, version, semver, Range::satisfies)
    }

    fn selects(
        &self,
        name: &PackageName,
        version: &str,
        semver: Option<&Version>,
        satisfies: fn(&Range, &Version) -> bool,
    ) -> bool {
        if !self.pattern.matches(name) {
            return false;
        }
        let Some(range) = &self.range else {
            return true;
        };
        *self.spelling == *version || semver.is_some_and(|semver| satisfies(range, semver))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.pattern)?;
        if !self.spelling.is_empty() {
            write!(out, "@{}", self.spelling)?;
        }
        Ok(())
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Selector;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(
                    "a package such as \"event-stream@>=3.3.6 <4\", \"left-pad\" or \"@scope/*\"",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Selector, E> {
                Selector::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    if reason.trim().is_empty() {
        return Err(D::Error::custom(
            "the reason is empty: say why, whoever is refused reads it",
        ));
    }
    if reason.chars().count() > REASON_LIMIT {
        return Err(D::Error::custom(format!(
            "a reason has at most {REASON_LIMIT} characters"
        )));
    }
    Ok(reason)
}

fn block() -> Effect {
    Effect::Block
}

/// Whether an entry still does something.
pub(crate) fn is_in_force(until: Option<&Expiry>, now: Timestamp) -> bool {
    until.is_none_or(|until| !until.is_over(now))
}
