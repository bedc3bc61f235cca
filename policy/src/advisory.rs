//! What a public database says about one package: an OSV record, reduced to what decides a verdict.

mod group;
mod osv;
mod range;
mod severity;
mod stale;

use jiff::Timestamp;
use lazaret_npm::{PackageName, Version};

pub use group::{Finding, findings};
pub use osv::{OsvError, RECORD_LIMIT};
pub use range::{End, Interval};
pub use severity::{Cvss, Severity};

/// The version under which a registry lists a package whose content it removed: an empty tarball, no infection,
/// although 178 rows of the export of October 2026 name it as affected.
pub const PLACEHOLDER: &str = "0.0.1-security";

/// One package of one OSV record. Several `affected` entries for the same package are one advisory.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// `MAL-2025-46969`, `GHSA-...`; ASCII without spaces, at most 100 characters.
    pub id: Box<str>,
    pub package: PackageName,
    /// Other ids of the same finding, symmetric and transitive; the same alphabet as `id`.
    pub aliases: Box<[Box<str>]>,
    /// One line in the words of the database; not escaped. Empty if the record has none.
    pub summary: Box<str>,
    pub kind: Kind,
    /// `None` if the record does not say; malicious code usually has none.
    pub severity: Option<Severity>,
    pub cvss: Option<Cvss>,
    /// 506 is CWE-506.
    pub cwes: Box<[u32]>,
    /// The record's own page, kept only where [`Advisory::url`] cannot be derived from the id.
    pub page: Option<Box<str>>,
    /// Set once the database took the record back: it no longer affects anything.
    pub withdrawn: Option<Timestamp>,
    /// Whole seconds.
    pub modified: Timestamp,
    /// When the database first carried it: the earliest import, else its publication. Whole seconds.
    pub known_since: Option<Timestamp>,
    /// Affected by string equality.
    pub versions: Box<[Box<str>]>,
    /// Affected by SemVer precedence.
    pub intervals: Box<[Interval]>,
    /// A reason to suspect every version that is not affected for certain.
    pub suspicion: Option<Suspicion>,
}

/// What an advisory is about. Ordered by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A flaw in code that means well.
    Vulnerability,
    /// Code that means harm: the id starts with `MAL-`, or the database filed it under CWE-506. Compromises from
    /// before 2022 have no `MAL-` id (event-stream, ua-parser-js, coa, rc).
    Malicious,
}

/// Why a version may be meant although no exact statement names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suspicion {
    /// A first report said "every version", a later one of the same origin names versions, and the database still
    /// holds both (`@ctrl/tinycolor`, `ngx-toastr` on 2025-09-17).
    StaleReport,
    /// The record names the package, but a range of it cannot be read, or it has neither ranges nor versions.
    Unclear,
}

/// The answer for one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Affects {
    No,
    /// See [`Advisory::suspicion`].
    Suspected,
    Yes,
}

impl Advisory {
    /// Reads an OSV record (schema 1.x): one advisory per npm package that it names, none if it names no npm package.
    ///
    /// Unknown fields are passed over; a known field of another type, a record over [`RECORD_LIMIT`] or a time
    /// that is none is an error, which names the record and the field. A package that npm cannot have is left out.
    pub fn from_osv(json: &[u8]) -> Result<Vec<Self>, OsvError> {
        osv::read(json)
    }

    /// Whether this version is affected, as OSV defines it: listed in `versions`, or inside a range by plain SemVer
    /// precedence (`4.0.0-rc.1` is below `fixed: 4.0.0`). A withdrawn advisory affects nothing; so does any advisory
    /// the registry's [`PLACEHOLDER`]. Without `semver`, only listed versions and "every version" count.
    pub fn affects(&self, version: &str, semver: Option<&Version>) -> Affects {
        if self.withdrawn.is_some() {
            return Affects::No;
        }
        self.affected_when_issued(version, semver)
    }

    /// [`Advisory::affects`] as if the advisory had not been withdrawn: for explaining an older verdict.
    pub fn affected_when_issued(&self, version: &str, semver: Option<&Version>) -> Affects {
        if version == PLACEHOLDER {
            return Affects::No;
        }
        let listed = self.versions.iter().any(|listed| **listed == *version);
        let contains = |interval: &Interval| interval.contains(semver);
        if listed || self.intervals.iter().any(contains) {
            Affects::Yes
        } else if self.suspicion.is_some() {
            Affects::Suspected
        } else {
            Affects::No
        }
    }

    /// The versions that the ranges name as fixed, in the order of the record.
    pub fn fixed_versions(&self) -> impl Iterator<Item = &Version> {
        self.intervals
            .iter()
            .filter_map(|interval| match &interval.end {
                End::Before(fixed) => Some(fixed),
                End::Never | End::At(_) => None,
            })
    }

    /// True if every version is affected.
    pub fn is_whole_package(&self) -> bool {
        self.intervals.iter().any(Interval::is_everything)
    }

    /// The affected versions as an npm range, to be read with `includePrerelease` and `loose` as `npm audit` does.
    /// What is only suspected is not in it; `<0.0.0-0` if nothing can be said as a range.
    pub fn vulnerable_range(&self) -> String {
        range::render(&self.intervals, &self.versions)
    }

    /// [`Advisory::vulnerable_range`] with a gap for the registry's [`PLACEHOLDER`].
    pub(crate) fn vulnerable_range_without_placeholder(&self) -> String {
        let mut versions = self.versions.to_vec();
        versions.retain(|version| **version != *PLACEHOLDER);
        let intervals = self.intervals.iter().flat_map(range::without_placeholder);
        range::render(&intervals.collect::<Vec<_>>(), &versions)
    }

    /// The page to read on, if the id or the record tells one.
    pub fn url(&self) -> Option<String> {
        if self.id.starts_with("GHSA-") {
            return Some(format!("https://github.com/advisories/{}", self.id));
        }
        if ["MAL-", "CVE-"]
            .iter()
            .any(|kind| self.id.starts_with(kind))
        {
            return Some(format!("https://osv.dev/vulnerability/{}", self.id));
        }
        self.page.as_deref().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests;
