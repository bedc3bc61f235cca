//! Answers to `npm audit` in the shape of its bulk endpoint, from our own advisories.

use std::sync::Arc;

use lazaret_npm::Version;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::advisory::{Advisory, Affects, Finding, Kind, PLACEHOLDER, Severity, findings};

/// One finding about one package, as npm's clients read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BulkEntry {
    /// Clients tell the findings of a package apart by it; derived from the advisory's id, 31 bits, never 0.
    pub id: u32,
    /// Empty if there is no page to read.
    pub url: String,
    pub title: String,
    /// Malicious code is `critical`; without a known severity, `moderate`.
    pub severity: Severity,
    /// Clients match it with `includePrerelease` and `loose`.
    pub vulnerable_versions: String,
    /// `CWE-506`
    pub cwe: Vec<String>,
    pub cvss: BulkCvss,
}

/// `{"score": 0, "vectorString": null}` where there is no vector.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BulkCvss {
    pub score: f64,
    #[serde(rename = "vectorString")]
    pub vector_string: Option<String>,
}

/// The findings about one package that affect at least one of these versions for certain; records of one incident are
/// one entry. `advisories` are all that name the package, as in [`crate::Case`].
pub fn bulk(advisories: &[Arc<Advisory>], versions: &[&str]) -> Vec<BulkEntry> {
    let versions: Vec<(&str, Option<Version>)> = versions
        .iter()
        .map(|version| (*version, Version::parse_loose(version).ok()))
        .collect();
    let affected = |advisory: &&Advisory| {
        let hit = |(version, semver): &(&str, Option<Version>)| {
            advisory.affects(version, semver.as_ref()) == Affects::Yes
        };
        versions.iter().any(hit)
    };
    let all = advisories.iter().map(|advisory| &**advisory);
    // The whole package is affected, but its placeholder is not: only then the range has to say so.
    let keep_placeholder = versions.iter().any(|(version, _)| *version == PLACEHOLDER);
    findings(all.filter(affected))
        .iter()
        .map(|finding| entry(finding, keep_placeholder))
        .collect()
}

fn entry(finding: &Finding<'_>, keep_placeholder: bool) -> BulkEntry {
    let first = finding.first();
    let malicious = finding.kind() == Kind::Malicious;
    let title = if first.summary.is_empty() {
        let what = if malicious {
            "Malicious code"
        } else {
            "Vulnerability"
        };
        format!("{what} in {}", first.package)
    } else {
        first.summary.to_string()
    };
    let severity = if malicious {
        Severity::Critical
    } else {
        finding.severity().unwrap_or(Severity::Moderate)
    };
    let mut cwes: Vec<u32> = finding
        .advisories()
        .iter()
        .flat_map(|of| of.cwes.iter().copied())
        .collect();
    cwes.sort_unstable();
    cwes.dedup();
    let cvss = finding.advisories().iter().find_map(|of| of.cvss.as_ref());
    BulkEntry {
        id: number(&first.id),
        url: first.url().unwrap_or_default(),
        title,
        severity,
        vulnerable_versions: range(finding, keep_placeholder),
        cwe: cwes.iter().map(|number| format!("CWE-{number}")).collect(),
        cvss: BulkCvss {
            score: cvss.map_or(0.0, |cvss| cvss.score),
            vector_string: cvss.map(|cvss| cvss.vector.to_string()),
        },
    }
}

fn range(finding: &Finding<'_>, keep_placeholder: bool) -> String {
    let mut ranges: Vec<String> = Vec::new();
    for advisory in finding.advisories() {
        let range = if keep_placeholder {
            advisory.vulnerable_range_without_placeholder()
        } else {
            advisory.vulnerable_range()
        };
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges.join(" || ")
}

/// The number of a finding by its id, the one of [`BulkEntry::id`].
pub fn number(id: &str) -> u32 {
    let digest = Sha256::digest(id.as_bytes());
    let first = [digest[0], digest[1], digest[2], digest[3]];
    (u32::from_be_bytes(first) >> 1).max(1)
}

#[cfg(test)]
mod tests;
