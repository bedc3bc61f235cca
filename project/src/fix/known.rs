//! Which entries of a lockfile are bad, and who says so.

use std::collections::BTreeMap;

use lazaret_npm::PackageId;
use lazaret_npm::lockfile::Source;
use lazaret_policy::{Indicators, Severity, rules};

use super::{Bad, Cause};
use crate::finding::{Finding, State};
use crate::project::Project;

/// Who may say it.
#[derive(Clone, Copy, Debug)]
pub struct Witnesses<'a> {
    /// Of [`crate::advisories::findings`]; those that are waived do not count.
    pub findings: &'a [Finding],
    pub indicators: &'a Indicators,
    /// Named by whoever is on call.
    pub named: &'a [PackageId],
    /// Vulnerabilities from this severity on.
    pub threshold: Severity,
}

/// Every bad version once, malicious ones first.
pub fn known(project: &Project, witnesses: &Witnesses<'_>) -> Vec<Bad> {
    let mut found: BTreeMap<(Cause, String, String), Bad> = BTreeMap::new();
    let mut tell = |name: &str, version: &str, cause: Cause, id: String, why: &str| {
        let key = (cause, name.to_owned(), version.to_owned());
        let bad = found.entry(key).or_insert_with(|| Bad {
            name: name.to_owned(),
            version: version.to_owned(),
            cause,
            ids: Vec::new(),
            why: why.to_owned(),
        });
        if !bad.ids.contains(&id) {
            bad.ids.push(id);
        }
    };
    for finding in witnesses.findings {
        let cause = match finding.rule {
            rule if rule == rules::malicious::RULE.id && finding.fails => Cause::Malicious,
            rule if rule == rules::vulnerable::RULE.id
                && finding.severity >= witnesses.threshold =>
            {
                Cause::Vulnerable
            }
            _ => continue,
        };
        if finding.state != State::Open {
            continue;
        }
        let (Some(name), Some(package)) = (&finding.name, &finding.package) else {
            continue;
        };
        let version = package.get(name.len() + 1..).unwrap_or_default();
        for id in &finding.ids {
            tell(name, version, cause, id.clone(), &finding.message);
        }
    }
    for entry in &project.lockfile.entries {
        let (Source::Registry, Some(version)) = (entry.source, &entry.version) else {
            continue;
        };
        if let Some(hit) = witnesses.indicators.named(&entry.name, &version.text) {
            let campaign = hit.campaign;
            let why = format!("{} is of the campaign {}", entry.id(), campaign.name);
            let id = campaign.id.to_string();
            tell(&entry.name, &version.text, Cause::Malicious, id, &why);
        }
        let is_named = witnesses
            .named
            .iter()
            .any(|id| id.name.as_str() == &*entry.name && id.version.to_string() == *version.text);
        if is_named {
            let why = format!("{} was named on the command line", entry.id());
            tell(
                &entry.name,
                &version.text,
                Cause::Malicious,
                "--package".into(),
                &why,
            );
        }
    }
    let mut all: Vec<Bad> = Vec::new();
    for bad in found.into_values() {
        // Malicious goes before vulnerable: one way out is enough.
        if !all.iter().any(|known| known.id() == bad.id()) {
            all.push(bad);
        }
    }
    all
}
