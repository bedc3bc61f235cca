//! What the tests share: the real records of `tests/osv`, records made by hand, and a case to start from.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use lazaret_npm::{PackageName, Strength, Version};
use serde_json::{Value, json};

use crate::advisory::Advisory;
use crate::behaviour::{Behaviour, Inspected};
use crate::judge::Case;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/osv")
}

/// The JSON of a record of `tests/osv`.
#[expect(
    clippy::disallowed_methods,
    reason = "test data is read from its folder"
)]
pub(crate) fn record_json(id: &str) -> Vec<u8> {
    let path = folder().join(format!("{id}.json"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The ids of all records of `tests/osv`.
#[expect(
    clippy::disallowed_methods,
    reason = "test data is read from its folder"
)]
pub(crate) fn record_ids() -> Vec<String> {
    let names = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names = names.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()));
    let mut ids: Vec<String> = names.collect();
    ids.sort();
    ids
}

/// The only advisory of a record that names one package.
pub(crate) fn record(id: &str) -> Advisory {
    let mut advisories = Advisory::from_osv(&record_json(id)).unwrap();
    assert_eq!(advisories.len(), 1, "{id} names several packages");
    advisories.remove(0)
}

/// The advisory of a record for one of its packages.
pub(crate) fn record_for(id: &str, package: &str) -> Advisory {
    let advisories = Advisory::from_osv(&record_json(id)).unwrap();
    let of_package = |advisory: &Advisory| advisory.package.as_str() == package;
    advisories.into_iter().find(of_package).unwrap()
}

/// An OSV record about `subject`, with these ranges of events, to which a test adds what it is about.
pub(crate) fn osv(id: &str, ranges: Value) -> Value {
    json!({
        "id": id,
        "modified": "2026-01-02T03:04:05Z",
        "affected": [{
            "package": { "ecosystem": "npm", "name": "subject" },
            "ranges": ranges.as_array().unwrap().iter()
                .map(|events| json!({ "type": "SEMVER", "events": events }))
                .collect::<Vec<_>>(),
        }],
    })
}

/// Reads a record made by hand, which names one package.
pub(crate) fn read(record: &Value) -> Advisory {
    let mut advisories = Advisory::from_osv(record.to_string().as_bytes()).unwrap();
    assert_eq!(advisories.len(), 1);
    advisories.remove(0)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

/// A version and everything its case borrows: old, well protected, never served.
pub(crate) struct Subject {
    pub(crate) name: PackageName,
    pub(crate) version: String,
    pub(crate) semver: Option<Version>,
    pub(crate) published: Option<Timestamp>,
    pub(crate) absent_at: Option<Timestamp>,
    pub(crate) first_contact: Timestamp,
    pub(crate) strength: Option<Strength>,
    pub(crate) advisories: Vec<Arc<Advisory>>,
    pub(crate) in_use: Vec<Version>,
    pub(crate) served: bool,
    pub(crate) inspected: Option<Inspected>,
}

impl Subject {
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: PackageName::parse(name).unwrap(),
            version: version.to_owned(),
            semver: Version::parse(version).ok(),
            published: Some(at("2020-01-01T00:00:00Z")),
            absent_at: None,
            first_contact: at("2020-02-01T00:00:00Z"),
            strength: Some(Strength::Strong),
            advisories: Vec::new(),
            in_use: Vec::new(),
            served: false,
            inspected: None,
        }
    }

    pub(crate) fn advisory(mut self, advisory: Advisory) -> Self {
        self.advisories.push(Arc::new(advisory));
        self
    }

    pub(crate) fn case(&self) -> Case<'_> {
        Case {
            name: &self.name,
            version: &self.version,
            semver: self.semver.as_ref(),
            published: self.published,
            absent_at: self.absent_at,
            first_contact: self.first_contact,
            strength: self.strength,
            advisories: &self.advisories,
            in_use: &self.in_use,
            served: self.served,
            behaviour: match &self.inspected {
                Some(inspected) => Behaviour::Inspected(inspected),
                None => Behaviour::NotInspected,
            },
        }
    }
}
