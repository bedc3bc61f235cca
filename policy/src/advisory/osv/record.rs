//! The fields of an OSV record that lazaret reads. Lists may be `null`: writers in Go produce that.

use serde::Deserialize;

use super::{OsvError, RECORD_LIMIT};

#[derive(Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) modified: Option<String>,
    pub(super) published: Option<String>,
    pub(super) withdrawn: Option<String>,
    pub(super) aliases: Option<Vec<String>>,
    pub(super) summary: Option<String>,
    severity: Option<Vec<SeverityEntry>>,
    affected: Option<Vec<Affected>>,
    pub(super) references: Option<Vec<Reference>>,
    database_specific: Option<DatabaseSpecific>,
}

#[derive(Deserialize)]
pub(super) struct Affected {
    /// Absent for entries about a repository.
    pub(super) package: Option<Package>,
    pub(super) versions: Option<Vec<String>>,
    pub(super) ranges: Option<Vec<Range>>,
    pub(super) severity: Option<Vec<SeverityEntry>>,
    pub(super) database_specific: Option<AffectedSpecific>,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) ecosystem: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) events: Option<Vec<RangeEvent>>,
}

#[derive(Deserialize)]
pub(super) struct RangeEvent {
    pub(super) introduced: Option<String>,
    pub(super) fixed: Option<String>,
    pub(super) last_affected: Option<String>,
}

/// A CVSS vector; its `type` is not read, see [`super::Cvss::best`].
#[derive(Deserialize)]
pub(super) struct SeverityEntry {
    pub(super) score: String,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DatabaseSpecific {
    pub(super) cwe_ids: Option<Vec<String>>,
    pub(super) severity: Option<String>,
    #[serde(rename = "malicious-packages-origins")]
    pub(super) origins: Option<Vec<OriginEntry>>,
}

#[derive(Deserialize)]
pub(super) struct OriginEntry {
    pub(super) id: Option<String>,
    pub(super) modified_time: Option<String>,
    pub(super) import_time: Option<String>,
    pub(super) versions: Option<Vec<String>>,
    pub(super) ranges: Option<Vec<Range>>,
}

#[derive(Deserialize)]
pub(super) struct AffectedSpecific {
    pub(super) cwes: Option<Vec<Cwe>>,
}

#[derive(Deserialize)]
pub(super) struct Cwe {
    #[serde(rename = "cweId")]
    pub(super) cwe_id: Option<String>,
}

impl Record {
    pub(super) fn affected(&self) -> &[Affected] {
        self.affected.as_deref().unwrap_or_default()
    }

    pub(super) fn severity(&self) -> &[SeverityEntry] {
        self.severity.as_deref().unwrap_or_default()
    }

    pub(super) fn specific(&self) -> Option<&DatabaseSpecific> {
        self.database_specific.as_ref()
    }
}

pub(super) fn parse(json: &[u8]) -> Result<Record, OsvError> {
    if json.len() > RECORD_LIMIT {
        return Err(OsvError {
            id: None,
            field: ".".to_owned(),
            problem: format!(
                "{} bytes, more than the {RECORD_LIMIT} that are read",
                json.len()
            ),
        });
    }
    // Tracking the path costs time, so only a record that failed is read again with it.
    serde_json::from_slice(json).map_err(|error| locate(json, &error))
}

fn locate(json: &[u8], error: &serde_json::Error) -> OsvError {
    #[derive(Deserialize)]
    struct OnlyId {
        id: String,
    }
    let id = serde_json::from_slice::<OnlyId>(json)
        .ok()
        .map(|only| only.id);
    let id = id.filter(|id| id.len() <= super::ID_LIMIT && super::is_id(id));
    let mut reader = serde_json::Deserializer::from_slice(json);
    let path = match serde_path_to_error::deserialize::<_, Record>(&mut reader) {
        Err(located) => located.path().to_string(),
        Ok(_) => ".".to_owned(),
    };
    OsvError {
        id,
        field: lazaret_npm::text::printable(&path).into_owned(),
        problem: lazaret_npm::text::printable(&error.to_string()).into_owned(),
    }
}
