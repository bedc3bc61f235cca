//! What the public databases and the policy say of the versions in a lockfile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use lazaret_npm::lockfile::{Lines, Source};
use lazaret_npm::text::printable;
use lazaret_npm::{Integrity, PackageName, Version};
use lazaret_policy::advisory::findings as grouped;
use lazaret_policy::{
    Advisory, AdvisoryIndex, Affects, Case, Kind, Policy, Severity, Verdict, judge, rules,
};

use crate::finding::{Check, Finding};
use crate::project::{NOWHERE, Project};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub index: &'a AdvisoryIndex,
    pub policy: &'a Policy,
    /// Vulnerabilities from this severity on fail the check; none do if it is nothing.
    pub fails_from: Option<Severity>,
    /// Leave out what only development needs.
    pub production_only: bool,
    /// `name@version` of what the base has: its vulnerabilities do not fail.
    pub known: Option<&'a BTreeSet<String>>,
    pub now: Timestamp,
}

/// One version of a registry in a lockfile, with its first entry and how often it is there.
#[derive(Clone, Copy, Debug)]
struct Place {
    entry: u32,
    count: usize,
    is_dev: bool,
}

/// By name and version as it is written.
type Versions<'p> = BTreeMap<(&'p str, &'p str), Place>;

fn versions(project: &Project) -> Versions<'_> {
    let mut versions = Versions::new();
    for (index, entry) in project.lockfile.entries.iter().enumerate() {
        // A repository, file or workspace is not the registry's package of that name.
        let (Source::Registry, Some(version)) = (entry.source, &entry.version) else {
            continue;
        };
        let entry_number = u32::try_from(index).unwrap_or(u32::MAX);
        let place = versions
            .entry((&entry.name, &version.text))
            .or_insert(Place {
                entry: entry_number,
                count: 0,
                is_dev: true,
            });
        place.count += 1;
        if place.is_dev && !entry.dev {
            // The one that is needed is the one to show.
            place.entry = entry_number;
        }
        place.is_dev &= entry.dev;
    }
    versions
}

/// Malicious versions, vulnerabilities, and what the policy denies by name.
pub fn findings(project: &Project, question: &Question<'_>) -> Vec<Finding> {
    let lines = Lines::new(&project.text);
    let mut found = Vec::new();
    for ((name, version), place) in versions(project) {
        let Ok(name) = PackageName::parse(name) else {
            continue;
        };
        let advisories = question.index.for_package(&name);
        if advisories.is_empty() && question.policy.deny.is_empty() {
            continue;
        }
        let semver = Version::parse_loose(version).ok();
        if !advisories.is_empty() {
            let meant = advisories.iter().map(|advisory| &**advisory);
            let affects =
                |advisory: &&Advisory| advisory.affects(version, semver.as_ref()) != Affects::No;
            let meant: Vec<&Advisory> = meant.filter(affects).collect();
            for group in grouped(meant) {
                let told = Told {
                    project,
                    lines: &lines,
                    question,
                    place,
                    version,
                    semver: semver.as_ref(),
                };
                found.extend(told.finding(&group));
            }
        }
        if let Some(finding) = denied(
            project,
            &lines,
            question,
            (&name, version, semver.as_ref()),
            place,
        ) {
            found.push(finding);
        }
    }
    found
}

struct Told<'a> {
    project: &'a Project,
    lines: &'a Lines<'a>,
    question: &'a Question<'a>,
    place: Place,
    version: &'a str,
    semver: Option<&'a Version>,
}

impl Told<'_> {
    fn finding(&self, group: &lazaret_policy::Finding<'_>) -> Option<Finding> {
        let certainty = |kind: Kind| {
            let of_kind = group
                .advisories()
                .iter()
                .filter(|advisory| advisory.kind == kind);
            of_kind
                .map(|advisory| advisory.affects(self.version, self.semver))
                .max()
        };
        let is_certain = |kind: Kind| certainty(kind) == Some(Affects::Yes);
        let is_malicious = is_certain(Kind::Malicious);
        let is_suspected = !is_malicious && certainty(Kind::Malicious).is_some();
        if self.question.production_only && self.place.is_dev && !is_malicious {
            return None;
        }
        let entry = &self.project.lockfile.entries[self.place.entry as usize];
        let at = entry.version.as_ref().map_or(NOWHERE, |text| text.at);
        let summaries = group.advisories().iter().map(|advisory| &*advisory.summary);
        let summary = summaries
            .into_iter()
            .find(|summary| !summary.is_empty())
            .map(printable);
        let id = entry.id();
        let (check, rule, severity, mut message) = if is_malicious {
            let message = format!("{id} is malicious: {}", group.id());
            (
                Check::Malicious,
                rules::malicious::RULE.id,
                Severity::Critical,
                message,
            )
        } else if is_suspected {
            let message = format!(
                "{id} may be malicious: {} names the package, but not for certain this version",
                group.id()
            );
            (
                Check::Malicious,
                rules::malicious::RULE.id,
                Severity::Moderate,
                message,
            )
        } else {
            // Without a severity it counts as high: nobody said that it is less.
            let severity = group.severity().unwrap_or(Severity::High);
            let word = group
                .severity()
                .map_or("of unknown severity", Severity::as_str);
            let message = format!("{id} has a known vulnerability ({word}): {}", group.id());
            (
                Check::Vulnerabilities,
                rules::vulnerable::RULE.id,
                severity,
                message,
            )
        };
        if let Some(summary) = summary {
            message.push_str(&format!(", {summary}"));
        }
        if self.place.count > 1 {
            message.push_str(&format!(" (at {} places in the tree)", self.place.count));
        }
        let mut finding = Finding::of_entry(
            check,
            rule,
            severity,
            self.project,
            self.lines,
            (self.place.entry, at),
            message,
        );
        finding.is_dev = self.place.is_dev;
        finding.ids = group.ids().iter().map(|id| (*id).to_owned()).collect();
        finding.url = group.first().url();
        finding.is_new = self.question.known.is_none_or(|known| !known.contains(&id));
        let fixed = group
            .advisories()
            .iter()
            .flat_map(|advisory| advisory.fixed_versions());
        let above = fixed.filter(|fixed| self.semver.is_some_and(|version| version < fixed));
        finding.fixed_in = above.min().map(ToString::to_string);
        finding.help = Some(match (&finding.fixed_in, is_malicious) {
            (_, true) => {
                "take it out now, and treat every machine that installed it as compromised"
                    .to_owned()
            }
            (Some(fixed), false) => format!("fixed in {fixed}"),
            (None, false) => "no fixed version is known".to_owned(),
        });
        let threshold = self.question.fails_from;
        finding.fails = is_malicious
            || (!is_suspected
                && finding.is_new
                && threshold.is_some_and(|threshold| severity >= threshold));
        Some(finding)
    }
}

/// What a person of this organisation forbade by name.
fn denied(
    project: &Project,
    lines: &Lines<'_>,
    question: &Question<'_>,
    (name, version, semver): (&PackageName, &str, Option<&Version>),
    place: Place,
) -> Option<Finding> {
    if question.policy.deny.is_empty() {
        return None;
    }
    let verdict = verdict(
        question.policy,
        question.now,
        (name, version, semver),
        None,
        &[],
        None,
    );
    let reason = verdict
        .reasons
        .into_iter()
        .find(|reason| reason.rule == rules::deny::RULE.id && reason.effect.is_held())?;
    let entry = &project.lockfile.entries[place.entry as usize];
    let at = entry.version.as_ref().map_or(NOWHERE, |text| text.at);
    let message = format!("{} is held by the policy: {}", entry.id(), reason.text);
    let mut finding = Finding::of_entry(
        Check::Malicious,
        rules::deny::RULE.id,
        Severity::High,
        project,
        lines,
        (place.entry, at),
        message,
    );
    finding.fails = true;
    Some(finding)
}

/// What a mirror with this policy would say, as far as a lockfile tells: `published` is the registry's, if it was asked.
fn verdict(
    policy: &Policy,
    now: Timestamp,
    (name, version, semver): (&PackageName, &str, Option<&Version>),
    published: Option<Timestamp>,
    advisories: &[Arc<Advisory>],
    integrity: Option<&str>,
) -> Verdict {
    let strength = Integrity::parse(integrity.unwrap_or_default()).ok();
    let strength = strength.and_then(|integrity| integrity.strongest());
    let case = Case {
        name,
        version,
        semver,
        published,
        absent_at: None,
        // Without a time nothing can be said about its age: as old as time itself.
        first_contact: Timestamp::UNIX_EPOCH,
        strength: strength.map(lazaret_npm::Algorithm::strength),
        advisories,
        in_use: &[],
        behaviour: lazaret_policy::Behaviour::NotInspected,
        served: false,
    };
    judge(policy, &case, now)
}

/// One version and what a mirror would do with it.
#[derive(Clone, Debug)]
pub struct Judged {
    pub package: String,
    pub verdict: Verdict,
    /// The way to it.
    pub way: Vec<String>,
}

/// The versions that a mirror with this policy would hold. `published` tells when a version was published, where that is
/// known; the age of others is not judged.
pub fn dry_run(
    project: &Project,
    question: &Question<'_>,
    published: impl Fn(&PackageName, &str) -> Option<Timestamp>,
) -> Vec<Judged> {
    let mut held = Vec::new();
    for ((name, version), place) in versions(project) {
        let Ok(name) = PackageName::parse(name) else {
            continue;
        };
        let semver = Version::parse_loose(version).ok();
        let advisories = question.index.for_package(&name);
        let entry = &project.lockfile.entries[place.entry as usize];
        // yarn berry has no checksum of the registry's to judge by.
        let sha512 = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let integrity = entry.integrity.as_ref().map(|text| &*text.text);
        let verdict = verdict(
            question.policy,
            question.now,
            (&name, version, semver.as_ref()),
            published(&name, version),
            &advisories,
            integrity.or_else(|| entry.checksum.is_some().then_some(sha512)),
        );
        if verdict.outcome.is_held() {
            held.push(Judged {
                package: entry.id(),
                verdict,
                way: project.way_to(place.entry),
            });
        }
    }
    held
}
