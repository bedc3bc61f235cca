//! Reading an OSV record, schema 1.x: only the fields that decide, everything else is skipped unread.

mod record;

use std::collections::HashMap;

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;

use super::range::{Event, Unreadable, intervals};
use super::stale::{Extent, Origin, everything_is_stale};
use super::{Advisory, Cvss, Interval, Kind, Severity, Suspicion};
use record::{Affected, DatabaseSpecific, Record};

/// Largest record that is read, in bytes; the largest of the export are some hundred kilobytes.
pub const RECORD_LIMIT: usize = 8 << 20;

const AFFECTED_LIMIT: usize = 10_000;
const ALIAS_LIMIT: usize = 64;
const CWE_LIMIT: usize = 32;
const ID_LIMIT: usize = 100;
const SUMMARY_LIMIT: usize = 300;
const PAGE_LIMIT: usize = 300;
const EMBEDDED_MALICIOUS_CODE: &str = "CWE-506";

/// Why a record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {field}: {problem}", id.as_deref().unwrap_or("record without a readable id"))]
pub struct OsvError {
    /// The record's id, if that much could be read.
    pub id: Option<String>,
    /// `affected[0].ranges[1].type`; `.` is the whole record.
    pub field: String,
    pub problem: String,
}

/// One npm package of the record while its `affected` entries are gathered.
struct Gathered<'a> {
    name: PackageName,
    versions: Vec<Box<str>>,
    intervals: Vec<Interval>,
    vectors: Vec<&'a str>,
    cwes: Vec<&'a str>,
    unclear: bool,
}

pub(super) fn read(json: &[u8]) -> Result<Vec<Advisory>, OsvError> {
    let record = record::parse(json)?;
    if record.id.len() > ID_LIMIT || !is_id(&record.id) {
        let problem = "an id has 1 to 100 letters, digits and - . _ : +".to_owned();
        return Err(OsvError {
            id: None,
            field: "id".to_owned(),
            problem,
        });
    }
    if record.affected().len() > AFFECTED_LIMIT {
        let problem = format!("more than {AFFECTED_LIMIT} entries");
        return Err(record.error("affected", problem));
    }
    let packages = packages(&record);
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let modified = record.required_time("modified", record.modified.as_deref())?;
    let withdrawn = record.time("withdrawn", record.withdrawn.as_deref())?;
    let published = record.time("published", record.published.as_deref())?;
    let origins = origins(record.specific());
    let imported = origins.iter().filter_map(|origin| origin.imported).min();
    let known_since = imported.map(whole_seconds).or(published);
    let kind = kind(&record);
    let stale = kind == Kind::Malicious && everything_is_stale(&origins);
    let advisory = |package: Gathered<'_>| {
        let mut intervals = package.intervals;
        let mut suspicion = package.unclear.then_some(Suspicion::Unclear);
        if stale && intervals.iter().any(Interval::is_everything) {
            intervals.retain(|interval| !interval.is_everything());
            suspicion = Some(Suspicion::StaleReport);
        }
        let of_record = record.severity().iter().map(|entry| entry.score.as_str());
        let cvss = Cvss::best(package.vectors.iter().copied().chain(of_record));
        let severity = cvss.as_ref().map(Cvss::severity).or_else(|| {
            let label = record.specific()?.severity.as_deref()?;
            Severity::from_label(label)
        });
        Advisory {
            id: record.id.as_str().into(),
            package: package.name,
            aliases: aliases(&record),
            summary: summary(record.summary.as_deref().unwrap_or_default()),
            kind,
            severity,
            cvss,
            cwes: cwes(&record, &package.cwes),
            page: page(&record),
            withdrawn,
            modified,
            known_since,
            versions: package.versions.into(),
            intervals: intervals.into(),
            suspicion,
        }
    };
    Ok(packages.into_iter().map(advisory).collect())
}

/// The npm packages in the order of the record.
fn packages(record: &Record) -> Vec<Gathered<'_>> {
    let mut found: Vec<Gathered<'_>> = Vec::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for affected in record.affected() {
        let Some(package) = affected.package.as_ref().filter(|of| of.ecosystem == "npm") else {
            continue;
        };
        // Nobody can ask for a name that npm cannot have.
        let Ok(name) = PackageName::parse(&package.name) else {
            continue;
        };
        let index = *by_name.entry(&package.name).or_insert_with(|| {
            found.push(Gathered {
                name,
                versions: Vec::new(),
                intervals: Vec::new(),
                vectors: Vec::new(),
                cwes: Vec::new(),
                unclear: false,
            });
            found.len() - 1
        });
        gather(affected, &mut found[index]);
    }
    for package in &mut found {
        package.versions.sort_unstable();
        package.versions.dedup();
        let mut distinct: Vec<Interval> = Vec::with_capacity(package.intervals.len());
        for interval in package.intervals.drain(..) {
            if distinct.last() != Some(&interval) {
                distinct.push(interval);
            }
        }
        package.intervals = distinct;
    }
    found
}

fn gather<'a>(affected: &'a Affected, package: &mut Gathered<'a>) {
    let versions = affected.versions.iter().flatten();
    package
        .versions
        .extend(versions.map(|version| version.as_str().into()));
    for range in affected.ranges.iter().flatten() {
        match range_of(range) {
            Ok(found) => package.intervals.extend(found),
            Err(Unreadable) => package.unclear = true,
        }
    }
    if affected.versions.iter().flatten().next().is_none()
        && affected.ranges.iter().flatten().next().is_none()
    {
        package.unclear = true;
    }
    let severity = affected.severity.iter().flatten();
    package
        .vectors
        .extend(severity.map(|entry| entry.score.as_str()));
    if let Some(specific) = &affected.database_specific {
        let named = specific.cwes.iter().flatten();
        package
            .cwes
            .extend(named.filter_map(|cwe| cwe.cwe_id.as_deref()));
    }
}

/// SEMVER (as in OSV's export) and ECOSYSTEM (as in the advisory database's own repository) mean the same for npm;
/// GIT ranges say nothing about releases.
fn range_of(range: &record::Range) -> Result<Vec<Interval>, Unreadable> {
    match range.kind.as_str() {
        "GIT" => return Ok(Vec::new()),
        "SEMVER" | "ECOSYSTEM" => {}
        _ => return Err(Unreadable),
    }
    let mut events = Vec::new();
    for event in range.events.iter().flatten() {
        events.extend(event.introduced.as_deref().map(Event::Introduced));
        events.extend(event.fixed.as_deref().map(Event::Fixed));
        events.extend(event.last_affected.as_deref().map(Event::LastAffected));
    }
    intervals(&events)
}

fn origins(specific: Option<&DatabaseSpecific>) -> Vec<Origin> {
    let listed = specific.and_then(|specific| specific.origins.as_ref());
    let origins = listed.into_iter().flatten().map(|origin| {
        let ranges = origin.ranges.iter().flatten().map(range_of);
        let mut says = Extent::Nothing;
        if origin.versions.iter().flatten().next().is_some() {
            says = Extent::Part;
        }
        for range in ranges {
            // What cannot be read may be everything.
            let everything = range.map_or(true, |all| all.iter().any(Interval::is_everything));
            if everything {
                says = Extent::Everything;
            } else if says == Extent::Nothing {
                says = Extent::Part;
            }
        }
        let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        Origin {
            id: origin.id.clone(),
            modified: time(&origin.modified_time),
            imported: time(&origin.import_time),
            says,
        }
    });
    origins.collect()
}

fn kind(record: &Record) -> Kind {
    let cwe_ids = record
        .specific()
        .and_then(|specific| specific.cwe_ids.as_ref());
    let embedded = cwe_ids
        .into_iter()
        .flatten()
        .any(|cwe| cwe == EMBEDDED_MALICIOUS_CODE);
    if record.id.starts_with("MAL-") || embedded {
        Kind::Malicious
    } else {
        Kind::Vulnerability
    }
}

fn aliases(record: &Record) -> Box<[Box<str>]> {
    let listed = record.aliases.iter().flatten();
    let readable = listed.filter(|alias| alias.len() <= ID_LIMIT && is_id(alias));
    let other = readable.filter(|alias| **alias != record.id);
    other
        .take(ALIAS_LIMIT)
        .map(|alias| alias.as_str().into())
        .collect()
}

fn cwes(record: &Record, of_package: &[&str]) -> Box<[u32]> {
    let of_record = record
        .specific()
        .and_then(|specific| specific.cwe_ids.as_ref());
    let named = of_record.into_iter().flatten().map(String::as_str);
    let mut distinct: Vec<u32> = Vec::new();
    for cwe in named.chain(of_package.iter().copied()) {
        let number = cwe
            .strip_prefix("CWE-")
            .and_then(|number| number.parse().ok());
        if let Some(number) = number.filter(|number| !distinct.contains(number))
            && distinct.len() < CWE_LIMIT
        {
            distinct.push(number);
        }
    }
    distinct.into()
}

/// One line, cut at a length that fits a reason.
fn summary(text: &str) -> Box<str> {
    let mut line = String::new();
    for (index, character) in text.trim().chars().enumerate() {
        if index == SUMMARY_LIMIT {
            line.push('…');
            break;
        }
        line.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    line.into()
}

/// The record's own page, if it can be shown as a link without further thought.
fn page(record: &Record) -> Option<Box<str>> {
    let references = record.references.iter().flatten();
    let own = references.filter(|reference| reference.kind.as_deref() == Some("ADVISORY"));
    let plain = |url: &&str| {
        url.len() <= PAGE_LIMIT
            && url.starts_with("https://")
            && url
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"'<>`\\".contains(&byte))
    };
    own.filter_map(|reference| reference.url.as_deref())
        .find(plain)
        .map(Box::from)
}

fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:+".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

impl Record {
    fn required_time(&self, field: &str, text: Option<&str>) -> Result<Timestamp, OsvError> {
        self.time(field, text)?
            .ok_or_else(|| self.error(field, "is missing".to_owned()))
    }

    /// Whole seconds between 1970 and 2106: a later one would outlive every correction.
    fn time(&self, field: &str, text: Option<&str>) -> Result<Option<Timestamp>, OsvError> {
        let Some(text) = text else {
            return Ok(None);
        };
        let shown = printable_up_to(text, 60);
        let Ok(time) = text.parse::<Timestamp>() else {
            return Err(self.error(field, format!("\"{shown}\" is not an RFC 3339 time")));
        };
        if u32::try_from(time.as_second()).is_err() {
            return Err(self.error(field, format!("\"{shown}\" is not between 1970 and 2106")));
        }
        Ok(Some(whole_seconds(time)))
    }

    fn error(&self, field: &str, problem: String) -> OsvError {
        OsvError {
            id: Some(self.id.clone()),
            field: field.to_owned(),
            problem,
        }
    }
}

#[cfg(test)]
mod tests;
