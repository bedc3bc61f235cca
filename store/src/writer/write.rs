//! What can be written, and why it may fail.

use jiff::Timestamp;
use lazaret_npm::PackageName;

use crate::blobs::is_address;
use crate::rows::{Event, PackageRow, Validators};

/// One change. There is none that alters or removes a pin or an event.
#[derive(Clone, Debug)]
pub enum Write {
    /// Upstream's answer for a package, in place of the one before.
    Package(PackageRow),
    /// Upstream says that nothing changed.
    Checked {
        /// The package.
        name: PackageName,
        /// When upstream said so.
        at: Timestamp,
        /// What to send with the next question.
        validators: Validators,
    },
    /// A version that an earlier document did not have; also one that is back.
    Appeared {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// The last time the document was seen without it.
        absent_at: Timestamp,
    },
    /// A version that the document no longer has.
    Vanished {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// When it was missed.
        at: Timestamp,
        /// The integrity it had.
        offered_integrity: Option<String>,
    },
    /// Verified bytes, in the blob store already, are this version from now on.
    Pinned {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// Their digests, in lower-case hex; the first is the address.
        sha512: String,
        /// See `sha512`.
        sha256: String,
        /// See `sha512`.
        sha1: String,
        /// Bytes.
        size: u64,
        /// Only sha1 vouched for them.
        weak: bool,
        /// When they were verified.
        at: Timestamp,
        /// The integrity that upstream offered.
        offered: Option<String>,
    },
    /// The tarball of a version was handed out.
    Served {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// The last time.
        at: Timestamp,
        /// How often since the last such write.
        count: u64,
    },
    /// Stored bytes were read and are what their address says.
    Verified {
        /// Their address.
        sha512: String,
        /// When.
        at: Timestamp,
    },
    /// Stored bytes are out of service; see [`Store::quarantine`](crate::Store::quarantine).
    Quarantined {
        /// Their address.
        sha512: String,
        /// Since when.
        at: Timestamp,
    },
    /// A line of the audit log.
    Event(Event),
}

/// Why a change was not stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The version is pinned to other bytes, and stays so.
    #[error("{name}@{version} is pinned to sha512 {pinned} and was now offered {offered}")]
    PinConflict {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// The address it keeps.
        pinned: String,
        /// The address that was refused.
        offered: String,
    },
    /// A value that the database must not see: too long, or with characters that do not belong there.
    #[error("cannot store {0}")]
    Refused(String),
    /// The store is closed or closing.
    #[error("the store is closed")]
    Closed,
    /// The database failed: disk full, server gone. Nothing of the ask was stored; a later one may succeed.
    #[error("the database could not write: {0}")]
    Failed(String),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Write {
    /// Refuses what no honest registry says, before it can spoil the transaction of others: PostgreSQL takes no NUL, for
    /// one. Names were parsed, so they are safe.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        match self {
            Self::Package(row) => validators(&row.validators),
            Self::Checked { validators: v, .. } => validators(v),
            Self::Appeared { version, .. } | Self::Served { version, .. } => short(version),
            Self::Vanished {
                version,
                offered_integrity,
                ..
            } => {
                short(version)?;
                text("an integrity", offered_integrity.as_deref(), 8192)
            }
            Self::Pinned {
                version,
                offered,
                sha512,
                ..
            } => {
                short(version)?;
                if !is_address(sha512) {
                    return Err(WriteError::Refused(format!("{sha512:?} as an address")));
                }
                text("an integrity", offered.as_deref(), 8192)
            }
            Self::Verified { .. } | Self::Quarantined { .. } => Ok(()),
            Self::Event(event) => {
                text("an event's kind", Some(&event.kind), 64)?;
                text("a version", event.version.as_deref(), 256)?;
                text("an event's detail", Some(&event.detail), 1 << 20)
            }
        }
    }
}

/// npm's own limit for a version is 256 characters.
fn short(version: &str) -> Result<(), WriteError> {
    text("a version", Some(version), 256)
}

fn validators(validators: &Validators) -> Result<(), WriteError> {
    text("an ETag", validators.etag.as_deref(), 8192)?;
    text("a date", validators.last_modified.as_deref(), 8192)
}

fn text(what: &str, text: Option<&str>, limit: usize) -> Result<(), WriteError> {
    match text {
        Some(text) if text.len() > limit => Err(WriteError::Refused(format!(
            "{what} of {} bytes: the limit is {limit}",
            text.len()
        ))),
        Some(text) if text.contains('\0') => {
            Err(WriteError::Refused(format!("{what} with a NUL in it")))
        }
        _ => Ok(()),
    }
}
