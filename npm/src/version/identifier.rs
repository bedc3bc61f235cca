//! One dot-separated part of a prerelease.

use std::cmp::Ordering;
use std::fmt;

/// A prerelease identifier. Numbers come before words; numbers compare by value, words byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// Digits only.
    Number(u64),
    /// Digits only, beyond `u64`; without leading zeros.
    HugeNumber(Box<str>),
    /// Letters, digits and hyphens, with at least one that is not a digit.
    Word(Box<str>),
}

impl Identifier {
    /// `text` must be one or more of `0-9A-Za-z-`.
    pub(crate) fn new(text: &str) -> Self {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Word(text.into());
        }
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::HugeNumber(text.trim_start_matches('0').into()),
        }
    }
}

impl Ord for Identifier {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::HugeNumber(a), Self::HugeNumber(b)) => a.len().cmp(&b.len()).then(a.cmp(b)),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(_), _) | (Self::HugeNumber(_), Self::Word(_)) => Ordering::Less,
            (_, Self::Number(_)) | (Self::Word(_), Self::HugeNumber(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Identifier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(out),
            Self::HugeNumber(text) | Self::Word(text) => out.write_str(text),
        }
    }
}
