//! One incident has several records: GHSA, CVE and MAL ids that name each other as aliases are one finding.

use std::collections::HashMap;

use super::{Advisory, Kind, Severity};

/// Advisories of one incident. Never empty; the first is the one to name: a `MAL-` id, then GHSA, then CVE.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    advisories: Vec<&'a Advisory>,
}

/// Groups by aliases, which are symmetric and transitive, also through an alias that has no record here.
/// The gravest finding first: malicious code, then by severity, then by id.
pub fn findings<'a>(advisories: impl IntoIterator<Item = &'a Advisory>) -> Vec<Finding<'a>> {
    let mut groups: Vec<Vec<&'a Advisory>> = Vec::new();
    let mut group_of: HashMap<&'a str, usize> = HashMap::new();
    for advisory in advisories {
        let names = || std::iter::once(&advisory.id).chain(&advisory.aliases);
        let mut known: Vec<usize> = names()
            .filter_map(|name| group_of.get(&**name).copied())
            .collect();
        known.sort_unstable();
        known.dedup();
        let group = known.first().copied().unwrap_or_else(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        // This advisory connects groups that were separate so far.
        for other in known.into_iter().skip(1) {
            for moved in std::mem::take(&mut groups[other]) {
                for name in std::iter::once(&moved.id).chain(&moved.aliases) {
                    group_of.insert(name, group);
                }
                groups[group].push(moved);
            }
        }
        for name in names() {
            group_of.insert(name, group);
        }
        groups[group].push(advisory);
    }
    let filled = groups.into_iter().filter(|group| !group.is_empty());
    let mut found: Vec<Finding<'a>> = filled.map(Finding::new).collect();
    found.sort_by(|one, other| {
        let weight = |finding: &Finding<'a>| (finding.kind(), finding.severity());
        weight(other)
            .cmp(&weight(one))
            .then_with(|| one.id().cmp(other.id()))
    });
    found
}

impl<'a> Finding<'a> {
    fn new(mut advisories: Vec<&'a Advisory>) -> Self {
        advisories.sort_by_key(|advisory| rank(&advisory.id));
        Self { advisories }
    }

    /// The advisory to name and to link.
    pub fn first(&self) -> &'a Advisory {
        self.advisories[0]
    }

    /// All of them, the one to name first.
    pub fn advisories(&self) -> &[&'a Advisory] {
        &self.advisories
    }

    /// The id to name.
    pub fn id(&self) -> &'a str {
        &self.first().id
    }

    /// Every id and alias, each once, the one to name first.
    pub fn ids(&self) -> Vec<&'a str> {
        let all = self.advisories.iter().flat_map(|advisory| {
            let aliases = advisory.aliases.iter();
            std::iter::once(&*advisory.id).chain(aliases.map(|alias| &**alias))
        });
        let mut ids: Vec<&'a str> = all.collect();
        ids.sort_by_key(|id| rank(id));
        ids.dedup();
        ids
    }

    /// Malicious if one of them is.
    pub fn kind(&self) -> Kind {
        let kinds = self.advisories.iter().map(|advisory| advisory.kind);
        kinds.max().unwrap_or(Kind::Vulnerability)
    }

    /// The highest severity that one of them states.
    pub fn severity(&self) -> Option<Severity> {
        self.advisories.iter().filter_map(|of| of.severity).max()
    }
}

fn rank(id: &str) -> (usize, &str) {
    let kinds = ["MAL-", "GHSA-", "CVE-"];
    let kind = kinds.iter().position(|kind| id.starts_with(kind));
    (kind.unwrap_or(kinds.len()), id)
}

#[cfg(test)]
mod tests;
