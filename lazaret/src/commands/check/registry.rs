//! What only a registry or a mirror knows: its checksums, ages, and the packages themselves.

use super::outcome::Outcome;
use super::{Check, Verify};
use crate::commands::inspecting::{Question, documents, in_order};
use crate::config::Loaded;
use crate::exit::Failure;
use crate::inspection::Document;
use crate::output;
use crate::packages::{Body, Missed, Named, Source, Version};
use crate::surroundings::Surroundings;
use jiff::Timestamp;
use lazaret_analysis::Outcome as Judged;
use lazaret_npm::lockfile::{Lines, Source as From, yarn_archive};
use lazaret_npm::{PackageId, Tarball};
use lazaret_policy::Severity;
use lazaret_project::changes::Change;
use lazaret_project::rules::{BadSignature, Known};
use lazaret_project::{Check as Kind, Finding, Project};
use std::collections::{BTreeMap, BTreeSet};

/// Questions to a registry at one time.
const AT_ONCE: usize = 8;

/// Packages that one check inspects; a change with more is a new project, not a change.
const MOST_INSPECTED: usize = 400;

/// Reasons that are named when it does not answer.
const MOST_REASONS: usize = 3;

/// The checksum of yarn's archive, and what is wrong with the registry's signature.
type Looked = (Option<String>, Option<BadSignature>);

/// A registry that may be asked.
pub(super) struct Registry<'a> {
    source: Source,
    loaded: &'a Loaded,
}

/// A package to inspect, and the finding that becomes of it.
pub(super) struct Ask {
    question: Question,
    label: String,
    finding: Finding,
}

impl Ask {
    /// Of what a change brings in from a registry.
    pub(super) fn of(project: &Project, changes: &[Change], prefix: &str) -> Vec<Self> {
        let lines = Lines::new(&project.text);
        let asked = changes.iter().filter_map(|change| {
            let entry = change.entry?;
            let locked = &project.lockfile.entries[entry as usize];
            if locked.source != From::Registry || locked.is_tool {
                return None;
            }
            let id = |version: &Option<String>| {
                let version = version.as_deref()?;
                PackageId::parse(&format!("{}@{version}", change.name)).ok()
            };
            let after = id(&change.after)?;
            let question = match id(&change.before) {
                Some(before) => {
                    Question::Diff(Named::Version(before), Named::Version(after.clone()))
                }
                None => Question::Inspect(Named::Version(after.clone())),
            };
            let label = match id(&change.before) {
                Some(before) => format!("{after}, which replaces {},", before.version),
                None => format!("{after}, which is new here,"),
            };
            let at = locked
                .version
                .as_ref()
                .map_or(locked.at, |version| version.at);
            let rule = lazaret_policy::rules::behaviour::RULE.id;
            let about = (entry, at);
            let mut finding = Finding::of_entry(
                Kind::Changes,
                rule,
                Severity::Info,
                project,
                &lines,
                about,
                String::new(),
            );
            finding.file = format!("{prefix}{}", finding.file);
            finding.replaces = id(&change.before).map(|before| before.version.to_string());
            Some(Self {
                question,
                label,
                finding,
            })
        });
        asked.collect()
    }
}

impl<'a> Registry<'a> {
    /// Nothing if nobody needs to be asked.
    ///
    /// # Errors
    /// When there is no registry that could be asked.
    pub(super) fn open(
        check: &Check,
        loaded: &'a Loaded,
        surroundings: &Surroundings,
    ) -> Result<Option<Self>, Failure> {
        let has_base = check.base.is_some() || check.base_file.is_some();
        let is_needed = has_base || check.policy_dry_run || check.verify == Verify::All;
        if check.offline || !is_needed {
            return Ok(None);
        }
        let source = Source::open(loaded, surroundings, check.server.as_ref())?;
        Ok(Some(Self { source, loaded }))
    }

    /// What the registry offers to verify changed packages against, or all; of yarn berry's what its archives would be.
    pub(super) fn verify(
        &self,
        check: &Check,
        project: &Project,
        changes: &[Change],
        known: &mut Known,
        outcome: &mut Outcome,
    ) {
        let ids: BTreeSet<String> = match check.verify {
            Verify::None => BTreeSet::new(),
            Verify::All => of_registry(project),
            Verify::Changed => {
                let changed = changes.iter().filter_map(|change| change.entry);
                let entries = changed.map(|entry| &project.lockfile.entries[entry as usize]);
                let registry = entries.filter(|entry| entry.source == From::Registry);
                registry.map(lazaret_npm::Locked::id).collect()
            }
        };
        let mut settings = project.lockfile.settings.iter();
        let has_archives = settings.any(|setting| {
            setting.group == "cacheKey" && *setting.value.text == *yarn_archive::CACHE_KEY
        });
        let look = |version: &Version| {
            let archive = match has_archives {
                true => self.archive(version)?,
                false => None,
            };
            Ok((archive, self.source.bad_signature(version)?))
        };
        let tell = |id: String, found: Result<(Version, Looked), Missed>| match found {
            Ok((version, (archive, signature))) => {
                // Without a checksum of the registry's there is nothing to compare.
                if let Some(integrity) = self.source.offered(&version) {
                    known
                        .offered
                        .insert(id.clone(), Some(integrity.to_string()));
                }
                let signature = signature.map(|fault| (id.clone(), fault));
                known.signatures.extend(signature);
                known.archives.extend(archive.map(|archive| (id, archive)));
            }
            Err(_) => {
                known.offered.insert(id, None);
            }
        };
        self.ask(ids, outcome, look, tell);
    }

    /// The checksum of what yarn would make of a version.
    fn archive(&self, version: &Version) -> Result<Option<String>, Missed> {
        let package = self.source.package(version)?;
        let Body::Tarball(bytes) = package.body else {
            return Ok(None);
        };
        let name = version.id().name.as_str();
        Ok(yarn_archive::checksum(name, &Tarball::unverified(bytes)))
    }

    /// When the versions of a lockfile were published, as far as the registry says.
    pub(super) fn ages(
        &self,
        project: &Project,
        outcome: &mut Outcome,
    ) -> BTreeMap<String, Timestamp> {
        let mut ages = BTreeMap::new();
        let look = |_: &Version| Ok(());
        self.ask(of_registry(project), outcome, look, |id, found| {
            if let Ok((version, ())) = found
                && let Some(published) = version.published()
            {
                ages.insert(id, published);
            }
        });
        ages
    }

    /// Asks for versions, several at a time, and looks at each. `tell` gets those that the registry has and those that it says
    /// it has not; what it did not answer keeps the check from being complete.
    fn ask<L: Send>(
        &self,
        ids: BTreeSet<String>,
        outcome: &mut Outcome,
        look: impl Fn(&Version) -> Result<L, Missed> + Sync,
        mut tell: impl FnMut(String, Result<(Version, L), Missed>),
    ) {
        let ids: Vec<PackageId> = ids
            .iter()
            .filter_map(|id| PackageId::parse(id).ok())
            .collect();
        let bar = output::counter("asking", ids.len() as u64);
        let mut failures = BTreeSet::new();
        let answer = |id: &PackageId| {
            let found = self.source.version(id).and_then(|version| {
                let looked = look(&version)?;
                Ok((version, looked))
            });
            (id.to_string(), found)
        };
        let asked = in_order(
            &ids,
            AT_ONCE.min(ids.len().max(1)),
            answer,
            |(id, found)| {
                bar.inc(1);
                match found {
                    Err(missed) if !missed.is_nothing => {
                        failures.insert(missed.why);
                    }
                    found => tell(id, found),
                }
                Ok::<(), std::convert::Infallible>(())
            },
        );
        match asked {
            Ok(()) => {}
            Err(never) => match never {},
        }
        bar.finish_and_clear();
        if !failures.is_empty() {
            let named: Vec<&str> = failures
                .iter()
                .take(MOST_REASONS)
                .map(String::as_str)
                .collect();
            let mut why = named.join("; ");
            if failures.len() > MOST_REASONS {
                why.push_str(&format!("; and {} more", failures.len() - MOST_REASONS));
            }
            outcome.incomplete.push((Kind::Integrity, why));
        }
    }

    /// Inspects what changed; what would be held fails.
    ///
    /// # Errors
    /// When no worker can be started.
    pub(super) fn inspect(&self, asks: Vec<Ask>, outcome: &mut Outcome) -> Result<(), Failure> {
        // The same change in several lockfiles is inspected once.
        let mut distinct: BTreeMap<String, (Question, Vec<Finding>)> = BTreeMap::new();
        for ask in asks {
            let known = distinct
                .entry(ask.label)
                .or_insert((ask.question, Vec::new()));
            known.1.push(ask.finding);
        }
        if distinct.len() > MOST_INSPECTED {
            let why = format!(
                "{} packages changed, more than the {MOST_INSPECTED} that one check inspects",
                distinct.len()
            );
            outcome.incomplete.push((Kind::Changes, why));
        }
        let asked: Vec<_> = distinct.into_iter().take(MOST_INSPECTED).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let questions: Vec<Question> = asked
            .iter()
            .map(|(_, (question, _))| question.clone())
            .collect();
        let documents = documents(&questions, &self.source, self.loaded)?;
        for ((label, (_, findings)), document) in asked.into_iter().zip(documents) {
            told(&label, findings, &document, outcome);
            outcome.inspected.push(document);
        }
        Ok(())
    }
}

fn of_registry(project: &Project) -> BTreeSet<String> {
    let packages = project.lockfile.packages();
    let packages = packages.filter(|entry| entry.source == From::Registry && !entry.bundled);
    packages.map(lazaret_npm::Locked::id).collect()
}

fn told(label: &str, findings: Vec<Finding>, document: &Document, outcome: &mut Outcome) {
    let judgement = document.judgement();
    let is_held = judgement.outcome >= Judged::Quarantine;
    let mut unfinished = document
        .incomplete()
        .iter()
        .filter(|incomplete| incomplete.matters);
    if let Some(incomplete) = unfinished.next().filter(|_| is_held) {
        let why = format!("{label} was not inspected to its end: {}", incomplete.why);
        outcome.incomplete.push((Kind::Changes, why));
        if document.findings().is_empty() {
            return;
        }
    }
    // The check for malicious versions has told it.
    if document.is_malicious() {
        return;
    }
    let (severity, what) = match judgement.outcome {
        Judged::Allow => return,
        Judged::Note => (Severity::Info, "is worth a look"),
        Judged::Quarantine => (Severity::High, "would be held"),
        Judged::Block => (Severity::Critical, "would be blocked"),
    };
    let reason = judgement.reasons.first().map_or("", String::as_str);
    let more = match judgement.reasons.len() {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    for mut finding in findings {
        finding.severity = severity;
        finding.fails = judgement.outcome >= Judged::Quarantine;
        finding.message = format!("{label} {what} for what it does: {reason}{more}");
        finding.help = finding
            .package
            .as_ref()
            .map(|id| format!("look at it: lazaret inspect {id}"));
        outcome.findings.push(finding);
    }
}
