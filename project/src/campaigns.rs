//! Versions in a lockfile that a known campaign published: what a machine knows that has no advisories, or old ones.

use std::collections::BTreeMap;

use lazaret_npm::lockfile::{Lines, Source};
use lazaret_npm::text::printable;
use lazaret_policy::indicators::Indicators;
use lazaret_policy::{Severity, rules};

use crate::finding::{Check, Finding};
use crate::project::{NOWHERE, Project};

/// One finding for each version that an advisory has not already been found for, among `known`.
pub fn findings(project: &Project, indicators: &Indicators, known: &[Finding]) -> Vec<Finding> {
    let lines = Lines::new(&project.text);
    let mut places: BTreeMap<(&str, &str), (u32, usize, bool)> = BTreeMap::new();
    for (index, entry) in project.lockfile.entries.iter().enumerate() {
        // A repository, file or workspace is not the registry's package of that name.
        let (Source::Registry, Some(version)) = (entry.source, &entry.version) else {
            continue;
        };
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let place = places
            .entry((&entry.name, &version.text))
            .or_insert((index, 0, true));
        place.1 += 1;
        place.2 &= entry.dev;
    }
    let mut found = Vec::new();
    for ((name, version), (index, count, is_dev)) in places {
        let Some(hit) = indicators.named(name, version) else {
            continue;
        };
        let entry = &project.lockfile.entries[index as usize];
        let id = entry.id();
        let is_known = known.iter().any(|finding| {
            finding.check == Check::Malicious
                && finding.fails
                && finding.package.as_deref() == Some(&*id)
        });
        if is_known {
            continue;
        }
        let campaign = hit.campaign;
        let mut message = format!(
            "{id} is malicious: {} ({}); its payload {}",
            printable(&campaign.name),
            campaign.id,
            printable(&campaign.what)
        );
        if count > 1 {
            message.push_str(&format!(" (at {count} places in the tree)"));
        }
        let at = entry.version.as_ref().map_or(NOWHERE, |text| text.at);
        let mut finding = Finding::of_entry(
            Check::Malicious,
            rules::malicious::RULE.id,
            Severity::Critical,
            project,
            &lines,
            (index, at),
            message,
        );
        finding.is_dev = is_dev;
        finding.ids = vec![campaign.id.to_string()];
        finding.is_new = true;
        finding.fails = true;
        let help =
            "take it out now, and look with `lazaret scan` at every machine that installed it";
        finding.help = Some(help.to_owned());
        found.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Files;
    use lazaret_policy::indicators::Campaign;

    #[test]
    fn a_version_of_a_campaign_fails_once_and_not_twice() {
        let campaign = "id = \"own-1\"\nname = \"own\"\nfrom = 2026-01-01\nwhat = \"does nothing\"\nsources = [\"here\"]\n[packages]\n\"anchor\" = [\"1.0.1\"]\n";
        let indicators = Indicators::of(vec![Campaign::parse(campaign).unwrap()]);
        let lock = |version: &str| {
            let text = format!(
                "{{ \"lockfileVersion\": 3, \"packages\": {{ \"\": {{ \"name\": \"app\" }},\n\"node_modules/anchor\": {{ \"version\": \"{version}\",\n\
                 \"resolved\": \"https://registry.example/anchor/-/anchor-{version}.tgz\" }} }} }}"
            );
            let mut files = Files::default();
            files
                .contents
                .insert("package-lock.json".to_owned(), text.into_bytes());
            Project::read(&files, "package-lock.json").unwrap()
        };
        let project = lock("1.0.1");
        let found = findings(&project, &indicators, &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].fails && found[0].message.contains("own-1"));
        assert_eq!(found[0].place.line, 2);
        assert_eq!(findings(&project, &indicators, &found).len(), 0);
        assert_eq!(findings(&lock("1.0.2"), &indicators, &[]).len(), 0);
    }
}
