//! One advisory as a row of bytes, read without allocating until somebody wants the [`Advisory`].

use jiff::Timestamp;
use lazaret_npm::{PackageName, Version};

use super::Source;
use super::id::Id;
use super::wire::{List, Reader, put_list, put_number, put_text};
use crate::advisory::{Advisory, Cvss, End, Interval, Kind, Severity, Suspicion};

/// What a row has; each bit stands for a field that follows, in this order, unless said otherwise.
mod has {
    /// No field: the advisory is about malicious code.
    pub(super) const MALICIOUS: u16 = 1;
    /// No field: the row came from a sync.
    pub(super) const SYNCED: u16 = 1 << 1;
    /// No field: the intervals are everything and no version is listed.
    pub(super) const WHOLE_PACKAGE: u16 = 1 << 2;
    /// No field: the summary is the one that `ossf/malicious-packages` gives to all.
    pub(super) const USUAL_SUMMARY: u16 = 1 << 3;
    /// No field: [`Suspicion::StaleReport`].
    pub(super) const STALE_REPORT: u16 = 1 << 4;
    /// No field: [`Suspicion::Unclear`].
    pub(super) const UNCLEAR: u16 = 1 << 5;
    /// No field: its CWEs are 506 and no other, as for nearly all malicious code.
    pub(super) const ONLY_CWE_506: u16 = 1 << 14;
    pub(super) const KNOWN_SINCE: u16 = 1 << 6;
    pub(super) const WITHDRAWN: u16 = 1 << 7;
    pub(super) const SEVERITY: u16 = 1 << 8;
    pub(super) const CVSS: u16 = 1 << 9;
    pub(super) const CWES: u16 = 1 << 10;
    pub(super) const ALIASES: u16 = 1 << 11;
    pub(super) const SUMMARY: u16 = 1 << 12;
    pub(super) const PAGE: u16 = 1 << 13;
}

/// A row that was found to be whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    flags: u16,
    pub(super) id: Id<'a>,
    modified: u32,
    known_since: Option<i64>,
    withdrawn: Option<u32>,
    severity: Option<Severity>,
    cvss: Option<(u8, &'a str)>,
    cwes: List<'a>,
    aliases: List<'a>,
    summary: &'a str,
    page: Option<&'a str>,
    versions: List<'a>,
    intervals: List<'a>,
}

/// Where the id begins: after the flags.
pub(super) const ID_OFFSET: usize = 2;

const SEVERITIES: [Severity; 5] = [
    Severity::Info,
    Severity::Low,
    Severity::Moderate,
    Severity::High,
    Severity::Critical,
];

impl<'a> Row<'a> {
    /// Reads a row and everything in it; `None` if it is not whole.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let flags = reader.u16()?;
        let has = |flag: u16| flags & flag != 0;
        let id = Id::read(&mut reader)?;
        let modified = reader.u32()?;
        let mut row = Self {
            flags,
            id,
            modified,
            known_since: None,
            withdrawn: None,
            severity: None,
            cvss: None,
            cwes: List::EMPTY,
            aliases: List::EMPTY,
            summary: "",
            page: None,
            versions: List::EMPTY,
            intervals: List::EMPTY,
        };
        if has(has::KNOWN_SINCE) {
            let later = i64::from(modified).checked_sub(unzigzag(reader.number()?))?;
            row.known_since = Some(later);
        }
        if has(has::WITHDRAWN) {
            row.withdrawn = Some(reader.u32()?);
        }
        if has(has::SEVERITY) {
            row.severity = Some(*SEVERITIES.get(usize::from(reader.u8()?))?);
        }
        if has(has::CVSS) {
            row.cvss = Some((reader.u8()?, reader.text()?));
        }
        if has(has::CWES) {
            row.cwes = reader.list(cwe)?;
        }
        if has(has::ALIASES) {
            row.aliases = reader.list(Id::read)?;
        }
        if has(has::SUMMARY) {
            row.summary = reader.text()?;
        }
        if has(has::PAGE) {
            row.page = Some(reader.text()?);
        }
        if !has(has::WHOLE_PACKAGE) {
            row.versions = reader.list(Reader::text)?;
            row.intervals = reader.list(interval)?;
        }
        reader.is_empty().then_some(row)
    }

    pub(super) fn kind(&self) -> Kind {
        if self.flags & has::MALICIOUS != 0 {
            Kind::Malicious
        } else {
            Kind::Vulnerability
        }
    }

    pub(super) fn source(&self) -> Source {
        if self.flags & has::SYNCED != 0 {
            Source::Synced
        } else {
            Source::Imported
        }
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.is_some()
    }

    /// Seconds since 1970.
    pub(super) fn modified(&self) -> u32 {
        self.modified
    }

    pub(super) fn advisory(&self, package: PackageName) -> Advisory {
        let has = |flag: u16| self.flags & flag != 0;
        let summary = if has(has::USUAL_SUMMARY) {
            usual_summary(&package).into()
        } else {
            self.summary.into()
        };
        let suspicion = if has(has::STALE_REPORT) {
            Some(Suspicion::StaleReport)
        } else {
            has(has::UNCLEAR).then_some(Suspicion::Unclear)
        };
        let cwes = if has(has::ONLY_CWE_506) {
            Box::from([506])
        } else {
            self.cwes.items(cwe).collect()
        };
        let intervals = if has(has::WHOLE_PACKAGE) {
            Box::from([Interval::EVERYTHING])
        } else {
            self.intervals.items(interval).collect()
        };
        Advisory {
            id: self.id.to_string().into(),
            aliases: self
                .aliases
                .items(Id::read)
                .map(|id| id.to_string().into())
                .collect(),
            summary,
            kind: self.kind(),
            severity: self.severity,
            cvss: self.cvss.map(|(tenths, vector)| Cvss {
                score: f64::from(tenths) / 10.0,
                vector: vector.into(),
            }),
            cwes,
            page: self.page.map(Box::from),
            withdrawn: self.withdrawn.map(|time| seconds(time.into())),
            modified: seconds(self.modified.into()),
            known_since: self.known_since.map(seconds),
            versions: self.versions.items(Reader::text).map(Box::from).collect(),
            intervals,
            suspicion,
            package,
        }
    }
}

/// Appends the row of an advisory, without its package's name.
pub(super) fn put(out: &mut Vec<u8>, advisory: &Advisory, source: Source) {
    let whole_package =
        advisory.versions.is_empty() && *advisory.intervals == [Interval::EVERYTHING];
    let only_cwe_506 = *advisory.cwes == [506];
    let usual_summary = *advisory.summary == usual_summary(&advisory.package);
    let flags = [
        (has::MALICIOUS, advisory.kind == Kind::Malicious),
        (has::SYNCED, source == Source::Synced),
        (has::WHOLE_PACKAGE, whole_package),
        (has::USUAL_SUMMARY, usual_summary),
        (
            has::STALE_REPORT,
            advisory.suspicion == Some(Suspicion::StaleReport),
        ),
        (has::UNCLEAR, advisory.suspicion == Some(Suspicion::Unclear)),
        (has::KNOWN_SINCE, advisory.known_since.is_some()),
        (has::WITHDRAWN, advisory.withdrawn.is_some()),
        (has::SEVERITY, advisory.severity.is_some()),
        (has::CVSS, advisory.cvss.is_some()),
        (has::ONLY_CWE_506, only_cwe_506),
        (has::CWES, !only_cwe_506 && !advisory.cwes.is_empty()),
        (has::ALIASES, !advisory.aliases.is_empty()),
        (has::SUMMARY, !usual_summary && !advisory.summary.is_empty()),
        (has::PAGE, advisory.page.is_some()),
    ];
    let set = flags.iter().filter(|(_, set)| *set);
    let flags = set.fold(0_u16, |flags, (flag, _)| flags | flag);
    out.extend_from_slice(&flags.to_le_bytes());
    Id::of(&advisory.id).put(out);
    let modified = whole_seconds(advisory.modified);
    out.extend_from_slice(&modified.to_le_bytes());
    if let Some(time) = advisory.known_since {
        put_number(out, zigzag(i64::from(modified) - time.as_second()));
    }
    if let Some(time) = advisory.withdrawn {
        out.extend_from_slice(&whole_seconds(time).to_le_bytes());
    }
    if let Some(severity) = advisory.severity {
        out.push(severity as u8);
    }
    if let Some(cvss) = &advisory.cvss {
        out.push((cvss.score * 10.0).round() as u8);
        put_text(out, &cvss.vector);
    }
    if flags & has::CWES != 0 {
        put_list(out, advisory.cwes.iter(), |out, cwe| {
            put_number(out, (*cwe).into())
        });
    }
    if !advisory.aliases.is_empty() {
        put_list(out, advisory.aliases.iter(), |out, alias| {
            Id::of(alias).put(out)
        });
    }
    if flags & has::SUMMARY != 0 {
        put_text(out, &advisory.summary);
    }
    if let Some(page) = &advisory.page {
        put_text(out, page);
    }
    if !whole_package {
        put_list(out, advisory.versions.iter(), |out, version| {
            put_text(out, version)
        });
        put_list(out, advisory.intervals.iter(), put_interval);
    }
}

const UNBOUNDED: u8 = 0;
const BEFORE: u8 = 1;
const AT: u8 = 2;
const HAS_START: u8 = 4;

fn put_interval(out: &mut Vec<u8>, interval: &Interval) {
    let end = match &interval.end {
        End::Never => UNBOUNDED,
        End::Before(_) => BEFORE,
        End::At(_) => AT,
    };
    let start = if interval.from.is_some() {
        HAS_START
    } else {
        0
    };
    out.push(end | start);
    if let Some(from) = &interval.from {
        put_text(out, &from.to_string());
    }
    if let End::Before(version) | End::At(version) = &interval.end {
        put_text(out, &version.to_string());
    }
}

fn interval(reader: &mut Reader<'_>) -> Option<Interval> {
    let tag = reader.u8()?;
    let from = if tag & HAS_START != 0 {
        Some(version(reader)?)
    } else {
        None
    };
    let end = match tag & !HAS_START {
        UNBOUNDED => End::Never,
        BEFORE => End::Before(version(reader)?),
        AT => End::At(version(reader)?),
        _ => return None,
    };
    Some(Interval { from, end })
}

fn version(reader: &mut Reader<'_>) -> Option<Version> {
    Version::parse(reader.text()?).ok()
}

fn cwe(reader: &mut Reader<'_>) -> Option<u32> {
    reader.number()?.try_into().ok()
}

/// 207,000 of 239,000 records have no other.
fn usual_summary(package: &PackageName) -> String {
    format!("Malicious code in {package} (npm)")
}

fn whole_seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

fn seconds(time: i64) -> Timestamp {
    Timestamp::from_second(time).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}
