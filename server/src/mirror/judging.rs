//! What is known of a package, put before the policy: one case per version.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use lazaret_npm::packument::{Entry, Packument, PackumentError};
use lazaret_npm::{Integrity, PackageName, Strength, Version};
use lazaret_policy::{
    Behaviour, Case, Effect, Inspected, Outcome, Reason, Reviewed, Verdict, judge, plausible_times,
};
use lazaret_store::{History, Inspection, VersionRow, Write};
use url::Url;

use super::inspecting::summary;
use super::{Judged, Listing, Rulebook};
use crate::problem::why_url;

/// Withheld versions named in a message to clients; the newest come first.
const NAMED: usize = 8;

/// A document and what we remember of its package.
pub(crate) struct Subject<'a> {
    pub(crate) packument: &'a Packument,
    pub(crate) first_contact: Timestamp,
    pub(crate) past: &'a Past,
    pub(crate) registry: &'a Url,
}

/// What we remember, by version.
pub(crate) struct Past {
    rows: HashMap<String, VersionRow>,
    inspected: HashMap<String, Inspected>,
}

impl Past {
    /// Inspections count for the bytes that a version is pinned to, and only if they can be read.
    pub(crate) fn new(history: History, inspections: Vec<Inspection>) -> Self {
        let rows: HashMap<String, VersionRow> = history
            .versions
            .into_iter()
            .map(|row| (row.version.clone(), row))
            .collect();
        let is_of_pin = |inspection: &Inspection| {
            let row = rows.get(&inspection.version);
            row.is_some_and(|row| row.sha512.as_ref() == Some(&inspection.sha512))
        };
        let inspected = inspections
            .iter()
            .filter(|inspection| is_of_pin(inspection))
            .filter_map(|inspection| Some((inspection.version.clone(), summary::of(inspection)?)))
            .collect();
        Self { rows, inspected }
    }

    pub(crate) fn version(&self, version: &str) -> Option<&VersionRow> {
        self.rows.get(version)
    }

    /// All that is remembered, in no order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &VersionRow> {
        self.rows.values()
    }

    /// What is known of what a version does.
    pub(crate) fn behaviour(&self, version: &str) -> Behaviour<'_> {
        match self.inspected.get(version) {
            Some(inspected) => Behaviour::Inspected(inspected),
            None => Behaviour::NotInspected,
        }
    }

    pub(crate) fn is_inspected(&self, version: &str) -> bool {
        self.inspected.contains_key(version)
    }

    pub(super) fn is_served(&self, version: &str) -> bool {
        self.version(version)
            .is_some_and(|row| row.served_first_at.is_some())
    }

    /// The versions handed out here, for "does a fix concern us".
    fn served(&self) -> impl Iterator<Item = Version> {
        self.rows
            .values()
            .filter(|row| row.served_first_at.is_some())
            .filter_map(|row| Version::parse(&row.version).ok())
    }
}

/// A new document after comparison with the one before.
pub(crate) struct Arrival {
    /// Versions whose checksums changed keep their old manifest in it.
    pub(crate) packument: Packument,
    pub(crate) past: Past,
    pub(crate) writes: Vec<Write>,
    /// Versions that the upstream now offers with other checksums.
    pub(crate) changed: Vec<Changed>,
}

/// A known version that is offered with other checksums.
pub(crate) struct Changed {
    pub(crate) version: String,
    /// Both, as the event tells them.
    pub(crate) detail: String,
}

/// Compares a new document with the kept one. `older` is the kept document and when it was last confirmed.
pub(crate) fn compare(
    name: &PackageName,
    body: Bytes,
    older: Option<(&Packument, Timestamp)>,
    mut past: Past,
    now: Timestamp,
) -> Result<Arrival, PackumentError> {
    let mut packument = Packument::parse(name, body)?;
    let mut writes = Vec::new();
    let mut changed = Vec::new();
    if let Some((older, confirmed)) = older {
        for entry in packument.entries() {
            let version = entry.version();
            match older.entry(version) {
                Some(known) if contradicts(older, known, &packument, entry) => {
                    let offers = |packument: &Packument, entry| {
                        let offered = packument.offered(entry)?;
                        Some(offered.to_string())
                    };
                    let detail = serde_json::json!({
                        "known": offers(older, known),
                        "offered": offers(&packument, entry),
                    });
                    changed.push(Changed {
                        version: version.to_owned(),
                        detail: detail.to_string(),
                    });
                }
                Some(_) => {}
                None if past
                    .version(version)
                    .is_none_or(|row| row.absent_at.is_none()) =>
                {
                    writes.push(Write::Appeared {
                        name: name.clone(),
                        version: version.to_owned(),
                        absent_at: confirmed,
                    });
                    past.appeared(version, confirmed);
                }
                None => {}
            }
        }
        for entry in older.entries() {
            if packument.entry(entry.version()).is_none() {
                writes.push(Write::Vanished {
                    name: name.clone(),
                    version: entry.version().to_owned(),
                    at: now,
                    offered_integrity: older.offered(entry).map(|offered| offered.to_string()),
                });
            }
        }
        if !changed.is_empty() {
            let versions: Vec<&str> = changed.iter().map(|of| of.version.as_str()).collect();
            packument = Packument::parse(name, packument.keeping(older, &versions))?;
        }
    }
    Ok(Arrival {
        packument,
        past,
        writes,
        changed,
    })
}

impl Past {
    fn appeared(&mut self, version: &str, absent_at: Timestamp) {
        let row = self
            .rows
            .entry(version.to_owned())
            .or_insert_with(|| VersionRow::new(version));
        row.absent_at = Some(absent_at);
    }
}

/// Whether two documents disagree on the bytes of a version. A registry may add a checksum later (sha512 for old
/// versions); it may not take one away or change one.
fn contradicts(older: &Packument, known: &Entry, newer: &Packument, new: &Entry) -> bool {
    if older.checksums(known) == newer.checksums(new) {
        return false;
    }
    match (older.offered(known), newer.offered(new)) {
        (Some(known), Some(new)) => !new.upholds(&known),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Judges every version of a document.
pub(crate) fn judge_all(
    rulebook: &Rulebook,
    subject: &Subject<'_>,
    public_url: &str,
    now: Timestamp,
) -> Listing {
    let packument = subject.packument;
    let name = packument.name();
    let advisories = rulebook.advisories.for_package(name);
    let in_use: Vec<Version> = subject.past.served().collect();
    let times: Vec<(Option<&Version>, Option<Timestamp>)> = packument
        .entries()
        .iter()
        .map(|entry| (entry.semver(), entry.published()))
        .collect();
    let published = plausible_times(packument.created(), &times, now);
    let judged: Vec<Judged> = packument
        .entries()
        .iter()
        .zip(published)
        .map(|(entry, published)| {
            let (integrity, shasum) = packument.checksums(entry);
            let past = subject.past.version(entry.version());
            let case = Case {
                name,
                version: entry.version(),
                semver: entry.semver(),
                published,
                absent_at: past.and_then(|row| row.absent_at),
                first_contact: subject.first_contact,
                strength: Integrity::strength_of_dist(integrity.as_deref(), shasum.as_deref()),
                advisories: &advisories,
                in_use: &in_use,
                served: subject.past.is_served(entry.version()),
                behaviour: subject.past.behaviour(entry.version()),
            };
            let mut verdict = judge(&rulebook.policy, &case, now);
            if let Some(reason) = past.and_then(|row| broken_pin(row, packument.offered(entry)?)) {
                verdict.outcome = Outcome::Block;
                verdict.reasons.insert(0, reason);
            }
            let verdict = heard(rulebook, verdict, &case, past, now, || {
                packument.offered(entry)
            });
            let has_news = !verdict.reasons.is_empty() || verdict.changes_at.is_some();
            Judged::new(
                has_news.then(|| Arc::new(verdict)),
                unusual_address(packument, entry, subject.registry),
                case.is_young(&rulebook.policy, now),
                subject.past.is_inspected(entry.version()),
            )
        })
        .collect();
    let message = message(packument, &judged, public_url);
    Listing::new(
        packument,
        judged,
        rulebook.generation,
        subject.first_contact,
        message,
    )
}

/// The case of a version that left its document but whose bytes are here: lockfiles still ask for it.
pub(crate) fn judge_vanished(
    rulebook: &Rulebook,
    name: &PackageName,
    row: &VersionRow,
    behaviour: Behaviour<'_>,
    first_contact: Timestamp,
    now: Timestamp,
) -> Verdict {
    let semver = Version::parse(&row.version).ok();
    let case = Case {
        name,
        version: &row.version,
        semver: semver.as_ref(),
        published: None,
        absent_at: row.absent_at,
        first_contact,
        strength: Some(if row.weak {
            Strength::Weak
        } else {
            Strength::Strong
        }),
        advisories: &rulebook.advisories.for_package(name),
        in_use: &[],
        served: row.served_first_at.is_some(),
        behaviour,
    };
    let verdict = judge(&rulebook.policy, &case, now);
    heard(rulebook, verdict, &case, Some(row), now, || None)
}

/// The verdict once people were heard. The bytes are those it is pinned to, else those that are offered.
fn heard(
    rulebook: &Rulebook,
    verdict: Verdict,
    case: &Case<'_>,
    past: Option<&VersionRow>,
    now: Timestamp,
    offered: impl Fn() -> Option<Integrity>,
) -> Verdict {
    if rulebook.reviews.of(case.name).is_empty() {
        return verdict;
    }
    let pinned = past.and_then(|row| row.sha512.clone());
    let sha512 = pinned.or_else(|| offered()?.sha512_hex());
    let of = Reviewed {
        version: case.version,
        semver: case.semver,
        sha512: sha512.as_deref(),
    };
    rulebook.reviews.apply(verdict, case.name, &of, now)
}

/// A version came back, or was given a new checksum, that is not of the bytes pinned here.
fn broken_pin(row: &VersionRow, offered: Integrity) -> Option<Reason> {
    let known = row
        .offered_integrity
        .as_deref()
        .and_then(|text| Integrity::parse(text).ok());
    let is_other = known.is_some_and(|known| offered.contradicts(&known));
    let pin = row.sha512.as_deref().zip(offered.sha512_hex());
    if !is_other && pin.is_none_or(|(pinned, offered)| pinned == offered) {
        return None;
    }
    Some(Reason {
        rule: "integrity-changed",
        effect: Effect::Block,
        text: "the registry now offers other bytes for this version than the ones first seen here"
            .to_owned(),
        until: None,
        url: None,
    })
}

/// `dist.tarball` where it is not the canonical address at the upstream itself.
fn unusual_address(packument: &Packument, entry: &Entry, registry: &Url) -> Option<Box<str>> {
    let url = packument.tarball_url(entry)?;
    let name = packument.name();
    let is_canonical = url
        .strip_prefix(registry.as_str())
        .and_then(|path| path.strip_prefix(name.as_str()))
        .and_then(|path| path.strip_prefix("/-/"))
        .and_then(|file| file.strip_prefix(name.bare()))
        .and_then(|file| file.strip_prefix('-'))
        .and_then(|file| file.strip_suffix(".tgz"))
        .is_some_and(|version| version == entry.version());
    (!is_canonical).then(|| url.into_owned().into())
}

/// The withheld versions, newest first.
pub(crate) fn held<'a>(
    packument: &'a Packument,
    judged: &'a [Judged],
) -> Vec<(&'a Entry, &'a Verdict)> {
    let mut held: Vec<(&Entry, &Verdict)> = packument
        .entries()
        .iter()
        .zip(judged)
        .filter(|(_, judged)| judged.is_held())
        .filter_map(|(entry, judged)| Some((entry, judged.verdict.as_deref()?)))
        .collect();
    held.sort_by(|(a, _), (b, _)| b.semver().cmp(&a.semver()));
    held
}

/// What clients are told about withheld versions.
fn message(packument: &Packument, judged: &[Judged], public_url: &str) -> Option<String> {
    let held = held(packument, judged);
    if held.is_empty() {
        return None;
    }
    let mut lines = vec!["withheld by lazaret.".to_owned()];
    for (entry, verdict) in held.iter().take(NAMED) {
        if let Some(reason) = verdict.headline() {
            let version = lazaret_npm::text::printable_up_to(entry.version(), 80);
            let end = if held.len() == 1 { "." } else { "" };
            lines.push(format!("{version}: {}{end}", reason.text));
        }
    }
    if held.len() > NAMED {
        lines.push(format!("... and {} more versions", held.len() - NAMED));
    }
    let name = packument.name();
    let id = match held.as_slice() {
        [(entry, _)] => format!("{name}@{}", entry.version()),
        _ => name.to_string(),
    };
    lines.push(format!("Read more: {}", why_url(public_url, &id)));
    // npm prints it as it is: one line each where there is more to tell.
    Some(lines.join(if held.len() == 1 { " " } else { "\n" }))
}
