//! Why a lockfile was not understood, and where.

use super::place::Place;
use crate::text::printable_up_to;

/// A file that was not understood. It is never "no entries".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct LockfileError {
    pub place: Place,
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    #[error("the file has {size} bytes, more than the limit of {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("the file is not UTF-8")]
    NotText,
    #[error("the file is empty")]
    Empty,
    #[error("a merge left conflict markers in the file")]
    ConflictMarkers,
    /// Readers differ on which of two equal keys counts.
    #[error("the key \"{0}\" is there twice")]
    Duplicate(String),
    #[error("it is nested more than {0} levels deep")]
    TooDeep(usize),
    #[error("it has more than {0} entries")]
    TooMany(usize),
    #[error("lockfileVersion \"{found}\" is not known here; known are {known}")]
    UnknownVersion { found: String, known: &'static str },
    #[error(
        "bun.lockb is binary and cannot be reviewed: `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` writes it as bun.lock"
    )]
    Binary,
    /// Not of the form that the package manager writes.
    #[error("{0}")]
    Form(String),
}

impl LockfileError {
    pub(super) fn at(text: &str, offset: usize, fault: Fault) -> Self {
        Self {
            place: Place::of(text, offset),
            fault,
        }
    }

    pub(super) fn form(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self::at(text, offset, Fault::Form(message.into()))
    }

    pub(super) fn unknown_version(
        text: &str,
        offset: usize,
        found: &str,
        known: &'static str,
    ) -> Self {
        let found = shown(found);
        Self::at(text, offset, Fault::UnknownVersion { found, known })
    }

    pub(super) fn duplicate(text: &str, offset: usize, key: &str) -> Self {
        Self::at(text, offset, Fault::Duplicate(shown(key)))
    }
}

/// As it may stand in a message.
pub(super) fn shown(text: &str) -> String {
    printable_up_to(text, 120).into_owned()
}
