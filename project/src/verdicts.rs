//! What a mirror decided about the versions of a lockfile, asked in one question: what it blocks fails, and what people
//! approved there was looked at.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::{Lines, Source};
use lazaret_npm::{Integrity, PackageId};
use lazaret_policy::{Severity, review, rules};
use serde::{Deserialize, Serialize};

use crate::finding::{Check, Finding, State};
use crate::project::{NOWHERE, Project};

/// What is asked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Question {
    packages: BTreeSet<Asked>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Asked {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<String>,
}

/// What is answered: only versions of which something is to be said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Verdicts {
    verdicts: Vec<Said>,
}

#[derive(Clone, Debug, Deserialize)]
struct Said {
    id: String,
    outcome: Outcome,
    rule: String,
    reason: String,
    url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Approved,
    Block,
}

impl Question {
    /// Adds the registry's packages of a lockfile.
    pub fn add(&mut self, project: &Project) {
        let packages = project.lockfile.packages();
        let asked = packages
            .filter(|entry| entry.source == Source::Registry && !entry.is_tool)
            .map(|entry| Asked {
                id: entry.id(),
                integrity: entry.integrity.as_ref().map(|text| text.text.to_string()),
            })
            // What is no version could not be answered, and would spoil the question.
            .filter(|asked| PackageId::parse(&asked.id).is_ok());
        self.packages.extend(asked);
    }

    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }
}

impl Verdicts {
    /// What the mirror blocks of a lockfile, in order; what the own advisories say already is left out.
    pub fn findings(&self, project: &Project, known: &[Finding]) -> Vec<Finding> {
        let mut blocked: BTreeMap<&str, &Said> = self
            .verdicts
            .iter()
            .filter(|said| said.outcome == Outcome::Block)
            .map(|said| (said.id.as_str(), said))
            .collect();
        let told = known.iter().filter(|finding| {
            finding.check == Check::Malicious && finding.severity >= Severity::High
        });
        for finding in told {
            if let Some(package) = &finding.package {
                blocked.remove(package.as_str());
            }
        }
        let lines = Lines::new(&project.text);
        let mut found = Vec::new();
        for (index, entry) in project.lockfile.entries.iter().enumerate() {
            if entry.source != Source::Registry {
                continue;
            }
            // Once each, at its first place.
            let Some(said) = blocked.remove(entry.id().as_str()) else {
                continue;
            };
            let rule = rule(&said.rule);
            let at = entry.version.as_ref().map_or(NOWHERE, |text| text.at);
            let about = (u32::try_from(index).unwrap_or(u32::MAX), at);
            let message = format!("{} is blocked by the mirror: {}", entry.id(), said.reason);
            let mut finding = Finding::of_entry(
                Check::Malicious,
                rule,
                Severity::Critical,
                project,
                &lines,
                about,
                message,
            );
            finding.is_dev = entry.dev;
            finding.fails = true;
            finding.url.clone_from(&said.url);
            if let Some(package) = &finding.package {
                finding.help = Some(format!("ask the mirror: lazaret why {package}"));
            }
            found.push(finding);
        }
        found
    }

    /// What packages do that people approved need not be looked at again. Which bytes they saw was part of the question: the same
    /// version with other bytes in another lockfile is not excused.
    pub fn excuse(&self, findings: &mut [Finding], approved: &BTreeSet<(String, String)>) {
        let by_id: BTreeMap<&str, &Said> = self
            .verdicts
            .iter()
            .filter(|said| said.outcome == Outcome::Approved)
            .map(|said| (said.id.as_str(), said))
            .collect();
        let behaviour = rules::behaviour::RULE.id;
        for finding in findings.iter_mut().filter(|finding| {
            finding.check == Check::Changes
                && finding.rule == behaviour
                && finding.state == State::Open
        }) {
            let (Some(package), Some(integrity)) = (&finding.package, &finding.integrity) else {
                continue;
            };
            let is_of_bytes = approved.contains(&(package.clone(), integrity.clone()));
            if let Some(said) = by_id.get(package.as_str()).filter(|_| is_of_bytes) {
                finding.state = State::Waived {
                    reason: format!("reviewed on the mirror: {}", said.reason),
                    until: None,
                };
            }
        }
    }

    /// The versions with their bytes that were approved, of those that were asked; versions that were asked with several checksums
    /// are left out, since an answer does not say which of them is meant.
    pub fn approved(&self, question: &Question) -> BTreeSet<(String, String)> {
        let mut by_id: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for asked in &question.packages {
            let integrity = asked.integrity.as_deref();
            by_id.entry(&asked.id).or_default().extend(integrity);
        }
        let said = self.verdicts.iter();
        let said = said.filter(|said| said.outcome == Outcome::Approved);
        let bytes = said.filter_map(|said| match by_id.get(said.id.as_str())?.as_slice() {
            [one] if Integrity::parse(one).is_ok() => Some((said.id.clone(), (*one).to_owned())),
            _ => None,
        });
        bytes.collect()
    }
}

/// The rule of the mirror's reason, under the name that it has here.
fn rule(id: &str) -> &'static str {
    let known = [
        rules::malicious::RULE.id,
        rules::deny::RULE.id,
        rules::behaviour::RULE.id,
        review::RULE,
    ];
    let found = known.into_iter().find(|known| *known == id);
    found.unwrap_or(rules::deny::RULE.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Files;

    const TEXT: &str = r#"{"name": "ship", "lockfileVersion": 3, "packages": {
      "": {"name": "ship", "dependencies": {"a": "1", "b": "1"}},
      "node_modules/a": {"version": "1.0.0", "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="},
      "node_modules/a/node_modules/b": {"version": "1.0.0"},
      "node_modules/b": {"version": "1.0.0"},
      "node_modules/odd": {"version": "not a version"}}}"#;

    fn project() -> Project {
        let mut files = Files::default();
        files.insert("package-lock.json".to_owned(), TEXT.as_bytes().to_vec());
        Project::read(&files, "package-lock.json").unwrap()
    }

    fn verdicts(text: &str) -> Verdicts {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_version_is_asked_once_and_what_is_none_is_not() {
        let mut question = Question::default();
        question.add(&project());
        question.add(&project());
        let asked = serde_json::to_value(&question).unwrap();
        let ids: Vec<&str> = asked["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["a@1.0.0", "b@1.0.0"]);
    }

    #[test]
    fn what_is_blocked_fails_once() {
        let said = verdicts(
            r#"{"schema": 1, "verdicts": [{"id": "b@1.0.0", "outcome": "block", "rule": "malicious", "reason": "MAL-1"},
                {"id": "c@1.0.0", "outcome": "block", "rule": "deny", "reason": "no"}]}"#,
        );
        let project = project();
        let found = said.findings(&project, &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule, "malicious");
        assert!(found[0].fails);
        assert!(
            said.findings(&project, &found).is_empty(),
            "it is told already"
        );
    }

    #[test]
    fn approvals_excuse_what_the_very_bytes_do() {
        let project = project();
        let mut question = Question::default();
        question.add(&project);
        let said = verdicts(
            r#"{"verdicts": [{"id": "a@1.0.0", "outcome": "approved", "rule": "review", "reason": "approved by ann: fine"}]}"#,
        );
        let approved = said.approved(&question);
        let lines = Lines::new(&project.text);
        let finding = |entry: u32| {
            Finding::of_entry(
                Check::Changes,
                rules::behaviour::RULE.id,
                Severity::High,
                &project,
                &lines,
                (entry, NOWHERE),
                String::new(),
            )
        };
        let mut other = finding(1);
        other.integrity = Some("sha512-other".to_owned());
        let mut findings = vec![finding(1), finding(3), other];
        said.excuse(&mut findings, &approved);
        let states: Vec<bool> = findings
            .iter()
            .map(|finding| matches!(finding.state, State::Waived { .. }))
            .collect();
        assert_eq!(states, [true, false, false]);
    }
}
