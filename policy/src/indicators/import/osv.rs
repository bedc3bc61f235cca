//! OSV records: what they name and what `database_specific.iocs` lists.

use serde::Deserialize;

use super::{About, Gathered, ImportError, Imported};
use crate::advisory::RECORD_LIMIT;

#[derive(Deserialize)]
struct Record {
    id: String,
    #[serde(default)]
    summary: String,
    published: Option<String>,
    #[serde(default)]
    affected: Vec<Affected>,
    #[serde(default)]
    database_specific: Specific,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    ranges: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Default, Deserialize)]
struct Specific {
    #[serde(default)]
    iocs: Iocs,
}

#[derive(Default, Deserialize)]
struct Iocs {
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    ips: Vec<String>,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    hashes: Vec<String>,
}

/// Reads one record. Its id, in small letters, is the campaign's unless `about` has one.
///
/// # Errors
/// When it is no record, or names nothing that could be found.
pub fn record(json: &[u8], about: &About) -> Result<Imported, ImportError> {
    const FORM: ImportError = ImportError::Form("an OSV record");
    if json.len() > RECORD_LIMIT {
        return Err(FORM);
    }
    let record: Record = serde_json::from_slice(json).map_err(|_| FORM)?;
    let day = record.published.as_deref().and_then(|text| text.get(..10));
    let about = About {
        id: match about.id.is_empty() {
            true => record.id.to_ascii_lowercase(),
            false => about.id.clone(),
        },
        name: match record.summary.trim() {
            "" => about.name.clone(),
            summary => summary.to_owned(),
        },
        source: record.id.clone(),
        from: day.and_then(|day| day.parse().ok()).unwrap_or(about.from),
    };
    let mut gathered = Gathered::new(&about)?;
    for affected in &record.affected {
        let Some(package) = &affected.package else {
            continue;
        };
        if package.ecosystem != "npm" {
            gathered.leave_out(&package.name, "not a package of npm");
            continue;
        }
        let versions: Vec<&str> = affected.versions.iter().map(String::as_str).collect();
        match (versions.as_slice(), affected.ranges.as_slice()) {
            ([], ranges) if !ranges.is_empty() => {
                gathered.leave_out(
                    &package.name,
                    "ranges are the advisories' part: `lazaret advisories import`",
                );
            }
            (versions, _) => gathered.package(&package.name, versions),
        }
    }
    let iocs = &record.database_specific.iocs;
    for host in iocs.domains.iter().chain(&iocs.ips) {
        gathered.host(host);
    }
    for url in &iocs.urls {
        gathered.url(url);
    }
    for hash in &iocs.hashes {
        gathered.sha256(hash, None);
    }
    gathered.finish()
}
