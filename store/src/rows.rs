//! The rows as the rest of the house sees them: plain data, no SQL.

use jiff::Timestamp;
use lazaret_npm::PackageName;

/// What upstream gave to recognise a document that has not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header, verbatim.
    pub etag: Option<String>,
    /// The `Last-Modified` header, verbatim.
    pub last_modified: Option<String>,
}

/// A package that was asked of upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRow {
    /// Its name.
    pub name: PackageName,
    /// For the next conditional request.
    pub validators: Validators,
    /// When this installation first asked for it. Writing the row again does not move it.
    pub first_contact: Timestamp,
    /// The last time upstream answered for it, be it "not modified" or "no such package".
    pub checked_at: Timestamp,
    /// The packument through [`pack`](crate::pack); `None` if all we know is that upstream has no such package.
    pub document: Option<Vec<u8>>,
    /// Bytes of the packument before [`pack`](crate::pack); 0 without a document.
    pub document_len: u64,
}

/// All that is remembered of a package's versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Only versions that appeared after the first contact, vanished, were pinned or were served; in no order.
    pub versions: Vec<VersionRow>,
}

/// What is remembered of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionRow {
    /// As the packument spells it.
    pub version: String,
    /// The last time the packument was seen without it.
    pub absent_at: Option<Timestamp>,
    /// When it was found to have left the packument; `None` once it is back.
    pub vanished_at: Option<Timestamp>,
    /// The integrity upstream offered when it was pinned; for an unpinned version, when it vanished.
    pub offered_integrity: Option<String>,
    /// The bytes it is pinned to, in hex. Never changes.
    pub sha512: Option<String>,
    /// Bytes of the tarball.
    pub size: Option<u64>,
    /// Pinned on sha1 alone.
    pub weak: bool,
    /// When it was pinned.
    pub pinned_at: Option<Timestamp>,
    /// Since when its bytes are out of service; receiving the same bytes again ends that.
    pub quarantined_at: Option<Timestamp>,
    /// The first and the last time its tarball was served here.
    pub served_first_at: Option<Timestamp>,
    /// See `served_first_at`.
    pub served_last_at: Option<Timestamp>,
    /// How often its tarball was served here.
    pub served_count: u64,
}

impl VersionRow {
    /// A version of which nothing is remembered yet.
    pub fn new(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            ..Self::default()
        }
    }
}

/// Bytes in the store, whichever versions are pinned to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRow {
    /// Their address, in hex.
    pub sha512: String,
    /// How many.
    pub size: u64,
    /// When they were last read and found to be what the address says.
    pub verified_at: Timestamp,
    /// Since when they are out of service.
    pub quarantined_at: Option<Timestamp>,
}

/// How loudly an [`Event`] should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Somebody should look now.
    Critical,
    /// Somebody should look.
    Warning,
    /// For the record.
    Info,
}

impl Severity {
    /// `critical`, `warning` or `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Critical, Self::Warning, Self::Info]
            .into_iter()
            .find(|severity| severity.as_str() == text)
    }
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// What happened: `integrity-changed`, `security-fix`, `scrub-mismatch`, ...
    pub kind: String,
    /// How loudly to tell.
    pub severity: Severity,
    /// The package concerned, if one.
    pub name: Option<PackageName>,
    /// The version concerned, if one.
    pub version: Option<String>,
    /// The rest, as JSON.
    pub detail: String,
}

/// An [`Event`] with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Counts from 1 without gaps, in the order of commits.
    pub id: i64,
    /// The event.
    pub event: Event,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Packages ever asked for.
    pub packages: u64,
    /// Versions whose bytes are known.
    pub pins: u64,
    /// Bytes of all content, once each.
    pub bytes: u64,
}
