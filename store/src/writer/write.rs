//! What can be written, and why it may fail.

use jiff::Timestamp;
use lazaret_npm::PackageName;

use crate::blobs::is_address;
use crate::downloads::{Download, Handed};
use crate::held::HeldRow;
use crate::incidents::{self, IncidentChange};
use crate::inspections::{self, InspectionChange};
use crate::inventories::{self, InventoryChange};
use crate::people::PeopleChange;
use crate::reviews::{ReviewChange, ReviewSubject};
use crate::rows::{Event, PackageRow, Validators};
use crate::webhooks::{self, WebhookChange};

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
    /// A line of the audit log about what a person did; goes with the change that it tells of.
    Acted {
        /// Who.
        actor: String,
        /// What.
        event: Event,
    },
    /// What was inspected or is to be.
    Inspection(InspectionChange),
    /// People and what they log in with.
    People(PeopleChange),
    /// Decisions.
    Review(ReviewChange),
    /// Versions that turned out bad.
    Incident(IncidentChange),
    /// What projects install.
    Inventory(InventoryChange),
    /// What webhooks tell.
    Webhook(WebhookChange),
    /// What is held of a package.
    Held {
        /// The package.
        name: PackageName,
        /// All of it.
        rows: Vec<HeldRow>,
    },
    /// Requests of one client for one version.
    Download(Handed, Download),
    /// Clients whose last request was before are forgotten.
    ForgetDownloads {
        /// When.
        before: Timestamp,
    },
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
    /// What is there already does not go with it.
    #[error("{0}")]
    Conflict(String),
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
                address(sha512)?;
                text("an integrity", offered.as_deref(), 8192)
            }
            Self::Verified { .. } | Self::Quarantined { .. } => Ok(()),
            Self::Event(event) => check_event(event),
            Self::Acted { actor, event } => {
                text("a name", Some(actor), 128)?;
                check_event(event)
            }
            Self::Inspection(change) => inspections::check(change),
            Self::People(change) => match change {
                PeopleChange::First(person) | PeopleChange::Added(person) => {
                    text("a name", Some(&person.name), 128)
                }
                PeopleChange::TokenAdded(token) => text("a label", Some(&token.label), 200),
                _ => Ok(()),
            },
            Self::Review(ReviewChange::Made(row)) => {
                text("a reason", Some(&row.reason), 4096)?;
                match &row.subject {
                    ReviewSubject::Version { version, sha512 } => {
                        short(version)?;
                        address(sha512)
                    }
                    ReviewSubject::Range(range) => text("a range", Some(range), 256),
                }
            }
            Self::Review(ReviewChange::Withdrawn { withdrawal, .. }) => {
                text("a reason", Some(&withdrawal.reason), 4096)
            }
            Self::Incident(change) => incidents::check(change),
            Self::Inventory(change) => inventories::check(change),
            Self::Webhook(change) => webhooks::check(change),
            Self::Held { rows, .. } => rows.iter().try_for_each(|row| {
                short(&row.version)?;
                text("a reason", Some(&row.reason), 1 << 16)
            }),
            Self::Download(_, download) => {
                short(&download.version)?;
                text("a client", Some(&download.client), 128)?;
                text("a user agent", Some(&download.agent), 256)
            }
            Self::ForgetDownloads { .. } => Ok(()),
        }
    }
}

fn check_event(event: &Event) -> Result<(), WriteError> {
    text("an event's kind", Some(&event.kind), 64)?;
    text("a version", event.version.as_deref(), 256)?;
    text("an event's detail", Some(&event.detail), 1 << 20)
}

pub(crate) fn address(sha512: &str) -> Result<(), WriteError> {
    if is_address(sha512) {
        return Ok(());
    }
    Err(WriteError::Refused(format!("{sha512:?} as an address")))
}

/// npm's own limit for a version is 256 characters.
pub(crate) fn short(version: &str) -> Result<(), WriteError> {
    text("a version", Some(version), 256)
}

fn validators(validators: &Validators) -> Result<(), WriteError> {
    text("an ETag", validators.etag.as_deref(), 8192)?;
    text("a date", validators.last_modified.as_deref(), 8192)
}

pub(crate) fn text(what: &str, text: Option<&str>, limit: usize) -> Result<(), WriteError> {
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
