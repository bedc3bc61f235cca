//! A version that appeared: what it newly does, who would get it, when the policy's cooldown ends.

use crate::commands::inspecting::{Question, documents};
use crate::config::Loaded;
use crate::exit::Failure;
use crate::inspection::{Document, Subject};
use crate::packages::{Named, Source};
use jiff::Timestamp;
use lazaret_analysis as analysis;
use lazaret_analysis::change::Kind;
use lazaret_npm::lockfile::Locked;
use lazaret_npm::packument::{Entry, Packument};
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageId, PackageName, Version};
use lazaret_policy::{AdvisoryIndex, Behaviour, Case, judge, plausible_times, rules};
use lazaret_project::Project;
use lazaret_project::watch::event::Finding;
use lazaret_project::watch::{Looked, NewVersion, Outcome, Pending, Watch, receivers};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Findings, reasons and receivers that an event holds; the rest is counted.
const FINDINGS: usize = 20;
const REASONS: usize = 5;
const RECEIVERS: usize = 30;

/// Characters of a text of others.
const TEXT: usize = 500;

/// Dependents whose documents are asked for, where the lockfile does not say what they ask for.
const PARENTS: usize = 20;

/// What is needed to look.
pub(super) struct Looking<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) source: &'a Source,
    pub(super) projects: &'a [Project],
    pub(super) index: &'a AdvisoryIndex,
}

impl Looking<'_> {
    /// Inspects these and has the watch take the results in.
    ///
    /// # Errors
    /// When no worker can be started.
    pub(super) fn look(
        &self,
        watch: &mut Watch,
        pending: &[Pending],
        now: Timestamp,
    ) -> Result<(), Failure> {
        // What was left of a look that failed is old.
        self.source.forget();
        let mut asked: Vec<(&Pending, Option<PackageId>)> = Vec::new();
        for one in pending {
            let id = PackageId::parse(&format!("{}@{}", one.package, one.version));
            asked.push((one, id.ok()));
        }
        let questions: Vec<Question> = asked
            .iter()
            .filter_map(|(_, id)| self.question(id.as_ref()?))
            .collect();
        // Two documents and two tarballs, at most.
        watch.spend(u32::try_from(questions.len() * 4).unwrap_or(u32::MAX));
        let mut answers = match questions.is_empty() {
            true => Vec::new(),
            false => documents(&questions, self.source, self.loaded)?,
        }
        .into_iter();
        for (one, id) in asked {
            let Some(id) = id else {
                // No version that npm would install.
                let version = self.plain(watch, one, Outcome::NotInspected);
                watch.looked(
                    &one.package,
                    &one.version,
                    Looked::Done(Box::new(version)),
                    now,
                );
                continue;
            };
            let Some(document) = answers.next() else {
                continue;
            };
            let mut version = self.of(watch, one, &document);
            self.add_receivers(&id, &mut version);
            self.add_cooldown(watch, one, &id, &mut version, now);
            let could_not = document.findings().is_empty()
                && !document.is_nothing
                && !document.is_malicious()
                && document
                    .incomplete()
                    .iter()
                    .any(|of| of.file.is_none() && of.matters);
            let looked = match could_not {
                true => Looked::Again(Box::new(version)),
                false => Looked::Done(Box::new(version)),
            };
            watch.looked(&one.package, &one.version, looked, now);
        }
        self.source.forget();
        Ok(())
    }

    /// Compared with the version before, where there is one.
    fn question(&self, id: &PackageId) -> Option<Question> {
        let has_lower = self.source.document(&id.name).is_ok_and(|document| {
            let mut versions = document.entries().iter().filter_map(Entry::semver);
            versions.any(|other| *other < id.version)
        });
        Some(match has_lower {
            true => Question::Update(id.clone()),
            false => Question::Inspect(Named::Version(id.clone())),
        })
    }

    fn plain(&self, watch: &Watch, pending: &Pending, outcome: Outcome) -> NewVersion {
        NewVersion {
            package: pending.package.clone(),
            version: pending.version.clone(),
            before: None,
            published: pending.published,
            publisher: pending.publisher.clone(),
            outcome,
            malicious: false,
            reasons: Vec::new(),
            findings: Vec::new(),
            more_findings: 0,
            gained: Vec::new(),
            dependencies_added: Vec::new(),
            in_use: watch.in_use(&pending.package).to_vec(),
            receivers: Vec::new(),
            more_receivers: 0,
            unknown_receivers: 0,
            cooldown_until: None,
            fixes: None,
        }
    }

    fn of(&self, watch: &Watch, pending: &Pending, document: &Document) -> NewVersion {
        let judgement = document.judgement();
        let outcome = match judgement.outcome {
            analysis::Outcome::Allow => Outcome::Allow,
            analysis::Outcome::Note => Outcome::Note,
            analysis::Outcome::Quarantine => Outcome::Quarantine,
            analysis::Outcome::Block => Outcome::Block,
        };
        let mut version = self.plain(watch, pending, outcome);
        version.malicious = document.is_malicious();
        version.reasons = judgement
            .reasons
            .iter()
            .take(REASONS)
            .map(|reason| cut(reason))
            .collect();
        let news = document.news();
        version.more_findings = news.len().saturating_sub(FINDINGS);
        version.findings = news
            .iter()
            .take(FINDINGS)
            .map(|seen| {
                let finding = seen.finding;
                Finding {
                    rule: finding.rule.to_owned(),
                    severity: word(&finding.severity),
                    phase: word(&finding.phase),
                    file: finding.place.file.clone(),
                    line: finding.place.line,
                    message: cut(&finding.message),
                    evidence: cut(&finding.evidence),
                }
            })
            .collect();
        let profile = match &document.subject {
            Subject::Report(report) => &report.capabilities,
            Subject::Change(change) => {
                version.before = Some(change.before.clone()).filter(|before| !before.is_empty());
                let added = change
                    .delta
                    .dependencies
                    .iter()
                    .filter(|one| one.kind == Kind::Added);
                version.dependencies_added = added.map(|one| one.name.clone()).collect();
                version.dependencies_added.dedup();
                &change.capabilities.gained
            }
        };
        version.gained = profile.0.keys().map(word).collect();
        version
    }

    fn add_receivers(&self, id: &PackageId, version: &mut NewVersion) {
        let known: RefCell<BTreeMap<String, Option<String>>> = RefCell::default();
        let range_of = |parent: &Locked, name: &str| {
            let key = format!("{} {name}", parent.id());
            if let Some(range) = known.borrow().get(&key) {
                return range.clone();
            }
            let range = match known.borrow().len() < PARENTS {
                true => self.asked_by(parent, name),
                false => None,
            };
            known.borrow_mut().insert(key, range.clone());
            range
        };
        for project in self.projects {
            let found = receivers(project, id.name.as_str(), &id.version, &range_of);
            version.unknown_receivers += found.unknown;
            version.receivers.extend(found.all);
        }
        version.more_receivers = version.receivers.len().saturating_sub(RECEIVERS);
        version.receivers.truncate(RECEIVERS);
    }

    /// What the registry says that a version asks for.
    fn asked_by(&self, parent: &Locked, name: &str) -> Option<String> {
        let document = self.source.document(&parent.package_name()?).ok()?;
        let entry = document.entry(&parent.version.as_ref()?.text)?;
        let manifest: Value = serde_json::from_str(document.manifest(entry)).ok()?;
        let lists = ["dependencies", "optionalDependencies", "peerDependencies"];
        let range = lists
            .iter()
            .find_map(|list| manifest[*list][name].as_str())?;
        Some(range.to_owned())
    }

    fn add_cooldown(
        &self,
        watch: &Watch,
        pending: &Pending,
        id: &PackageId,
        version: &mut NewVersion,
        now: Timestamp,
    ) {
        let in_use: Vec<Version> = watch
            .in_use(&pending.package)
            .iter()
            .filter_map(|version| Version::parse_loose(version).ok())
            .collect();
        let document = self.source.document(&id.name).ok();
        let document = document.as_deref();
        let entry = document.and_then(|document| document.entry(&pending.version));
        let strongest = document
            .zip(entry)
            .and_then(|(document, entry)| document.offered(entry)?.strongest());
        let advisories = self.index.for_package(&id.name);
        let case = Case {
            name: &id.name,
            version: &pending.version,
            semver: Some(&id.version),
            published: document.and_then(|document| published(document, &pending.version, now)),
            absent_at: pending.absent_at,
            first_contact: now,
            strength: strongest.map(lazaret_npm::Algorithm::strength),
            advisories: &advisories,
            in_use: &in_use,
            served: false,
            behaviour: Behaviour::NotInspected,
        };
        let verdict = judge(&self.loaded.config.policy, &case, now);
        let mut reasons = verdict.reasons.iter();
        let cooldown = reasons
            .find(|reason| reason.rule == rules::cooldown::RULE.id && reason.effect.is_held());
        version.cooldown_until = cooldown.and_then(|reason| reason.until);
        version.fixes = verdict.security_fix().map(|reason| cut(&reason.text));
    }
}

/// When a version was published, as far as that can be true.
fn published(document: &Packument, version: &str, now: Timestamp) -> Option<Timestamp> {
    let entries: Vec<_> = document
        .entries()
        .iter()
        .map(|entry| (entry.semver(), entry.published()))
        .collect();
    let times = plausible_times(document.created(), &entries, now);
    times.get(document.position(version)?).copied().flatten()
}

/// The word that JSON has for it.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn cut(text: &str) -> String {
    printable_up_to(text, TEXT).into_owned()
}

/// Whether this could be the name of a package in use.
pub(super) fn is_name(text: &str) -> bool {
    PackageName::parse(text).is_ok()
}
