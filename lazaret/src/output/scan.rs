//! What `lazaret scan` found: for people and for machines.

use super::{BOLD, FAINT, Format, GREEN, PLAIN, RED, YELLOW, escaped, result};
use indicatif::{HumanBytes, HumanCount};
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_policy::indicators::{Campaign, Indicators};
use lazaret_project::scan::{Confidence, Hit, Outcome, Ran};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Hits of one campaign that are shown without `--all`.
const SHOWN: usize = 12;

/// Places that were not read and are named.
const UNREAD: usize = 10;

/// A scan with what it looked for.
pub(crate) struct Searched<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) indicators: &'a Indicators,
    pub(crate) advisories: &'a AdvisoryIndex,
    pub(crate) took: Duration,
}

/// Writes the result to stdout.
pub(crate) fn searched(format: Format, searched: &Searched<'_>, all: bool) {
    match format {
        Format::Human => result(&human(searched, all)),
        Format::Json => super::json(&as_json(searched)),
    }
}

/// Hits of one campaign or one advisory, the gravest group first.
fn groups(outcome: &Outcome) -> Vec<(&str, Vec<&Hit>)> {
    let mut by_name: BTreeMap<&str, Vec<&Hit>> = BTreeMap::new();
    for hit in &outcome.hits {
        let name = hit.campaign.as_deref().or(hit.advisory.as_deref());
        by_name.entry(name.unwrap_or("")).or_default().push(hit);
    }
    let mut groups: Vec<_> = by_name.into_iter().collect();
    let surest = |hits: &[&Hit]| hits.iter().map(|hit| hit.confidence).max();
    groups.sort_by_key(|(_, hits)| std::cmp::Reverse(surest(hits)));
    groups
}

fn human(searched: &Searched<'_>, all: bool) -> String {
    let outcome = searched.outcome;
    let mut out = String::new();
    for (name, hits) in groups(outcome) {
        group(&mut out, searched.indicators, name, &hits, all);
    }
    summary(&mut out, searched);
    out
}

fn group(out: &mut String, indicators: &Indicators, name: &str, hits: &[&Hit], all: bool) {
    let campaign = indicators.campaign(name);
    let title = campaign.map_or_else(
        || match name {
            "" => "not what it says it is".to_owned(),
            advisory => format!("malicious by {}", escaped(advisory)),
        },
        |campaign| format!("{} ({})", escaped(&campaign.name), campaign.id),
    );
    let _ = writeln!(out, "{BOLD}{title}{PLAIN}");
    let shown = if all { hits.len() } else { SHOWN };
    for hit in hits.iter().take(shown) {
        let colour = match hit.confidence {
            Confidence::Confirmed => RED,
            Confidence::Likely => YELLOW,
            Confidence::Hint => FAINT,
        };
        let _ = writeln!(
            out,
            "  {colour}{:<9}{PLAIN} {} {}",
            hit.confidence.as_str(),
            what(hit),
            escaped(&hit.subject)
        );
        let offset = hit
            .offset
            .map_or(String::new(), |offset| format!(", byte {offset}"));
        let _ = writeln!(out, "            {}{offset}", escaped(&hit.full_path()));
        let seen = hit.first_seen.map_or(String::new(), |time| {
            format!("; here since {} ({})", seconds(time), hit.seen_by)
        });
        let _ = writeln!(
            out,
            "            {FAINT}{}{seen}{PLAIN}",
            escaped(&hit.note)
        );
    }
    if hits.len() > shown {
        let more = HumanCount((hits.len() - shown) as u64);
        let _ = writeln!(out, "  and {more} more: --all or --format json");
    }
    if hits.iter().any(|hit| hit.confidence >= Confidence::Likely) {
        advice(out, campaign, hits);
    }
    out.push('\n');
}

fn advice(out: &mut String, campaign: Option<&Campaign>, hits: &[&Hit]) {
    let ran = hits
        .iter()
        .filter(|hit| hit.confidence >= Confidence::Likely)
        .map(|hit| hit.ran)
        .max()
        .unwrap_or(Ran::Unknown);
    let said = match ran {
        Ran::Yes => "its code ran here",
        Ran::Likely => "its code ran here, unless scripts were off",
        Ran::Possible => "its code can have run here",
        Ran::Unknown => "whether its code ran here, these places do not say",
        Ran::No => "these places do not run code: look whether it was installed",
    };
    let _ = writeln!(out, "  {said}");
    let Some(campaign) = campaign else {
        let _ = writeln!(
            out,
            "  rotate where it ran: every secret that the machine could read"
        );
        return;
    };
    let _ = writeln!(out, "  its payload {}", escaped(&campaign.what));
    for text in &campaign.rotate {
        let _ = writeln!(out, "  rotate: {}", escaped(text));
    }
    for text in &campaign.clean {
        let _ = writeln!(out, "  do: {}", escaped(text));
    }
}

fn summary(out: &mut String, searched: &Searched<'_>) {
    let outcome = searched.outcome;
    let counts = &outcome.counts;
    let of = |confidence| {
        outcome
            .hits
            .iter()
            .filter(|hit| hit.confidence == confidence)
            .count()
    };
    let (confirmed, likely, hints) = (
        of(Confidence::Confirmed),
        of(Confidence::Likely),
        of(Confidence::Hint),
    );
    let (colour, verdict) = match (confirmed, likely, hints) {
        (0, 0, 0) if counts.files == 0 => (YELLOW, "there was no file to search".to_owned()),
        (0, 0, 0) => (GREEN, "nothing found".to_owned()),
        (0, 0, hints) => (GREEN, format!("nothing found; hints: {hints}")),
        (0, _, _) => (YELLOW, format!("likely: {likely}, hints: {hints}")),
        _ => (
            RED,
            format!("CONFIRMED: {confirmed}, likely: {likely}, hints: {hints}"),
        ),
    };
    if !outcome.is_complete() {
        let _ = writeln!(
            out,
            "{YELLOW}NOT READ, or not whole: {}{PLAIN}",
            HumanCount(counts.unread)
        );
        for (path, why) in outcome.unread.iter().take(UNREAD) {
            let _ = writeln!(out, "  {}: {}", escaped(path), escaped(why));
        }
        if counts.unread > UNREAD as u64 {
            let more = HumanCount(counts.unread - UNREAD as u64);
            let _ = writeln!(out, "  and {more} more: --format json");
        }
    }
    let mut passed = Vec::new();
    let others = [
        (counts.links, "links not followed"),
        (counts.special, "sockets, pipes and devices"),
        (counts.vanished, "gone before they were read"),
        (counts.pseudo_file_systems, "file systems without files"),
        (counts.other_file_systems, "other file systems"),
        (counts.left_out, "left out by --exclude"),
        (counts.compared, "packages compared with their tarball"),
        (
            counts.not_comparable,
            "packages whose tarball is in no cache: changed or not is unknown",
        ),
        (outcome.overridden, "hits overridden as false alarms"),
    ];
    for (count, name) in others {
        if count > 0 {
            passed.push(format!("{name}: {}", HumanCount(count)));
        }
    }
    if !passed.is_empty() {
        let _ = writeln!(out, "{FAINT}{}{PLAIN}", passed.join(", "));
    }
    let _ = writeln!(
        out,
        "{} campaigns and {} malicious advisories looked for in {} files ({}), {} archives with {} files, {} packages, {} lockfiles: {:.1} s",
        searched.indicators.campaigns().len(),
        HumanCount(searched.advisories.counts().malicious as u64),
        HumanCount(counts.files),
        HumanBytes(counts.bytes),
        HumanCount(counts.archives),
        HumanCount(counts.inner_files),
        HumanCount(counts.packages),
        HumanCount(counts.lockfiles),
        searched.took.as_secs_f64(),
    );
    let whole = match outcome.is_complete() {
        true => String::new(),
        false => format!(", but {} places were not read", HumanCount(counts.unread)),
    };
    let _ = writeln!(out, "{colour}{verdict}{whole}{PLAIN}");
}

fn what(hit: &Hit) -> String {
    use lazaret_project::scan::What;
    let place = hit.place.as_str();
    match hit.what {
        What::Version => format!("{place}:"),
        What::File => format!("{place}: the file"),
        What::Line => format!("{place}:"),
        What::Strings => format!("{place}: the strings"),
        What::FileName => format!("{place}: a file called"),
        What::Changed => format!("{place}: changed:"),
    }
}

fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn as_json(searched: &Searched<'_>) -> Value {
    let outcome = searched.outcome;
    let hits: Vec<Value> = outcome.hits.iter().map(hit_json).collect();
    let campaigns: Vec<Value> = groups(outcome)
        .into_iter()
        .filter_map(|(name, hits)| {
            let campaign = searched.indicators.campaign(name)?;
            Some(json!({
                "id": campaign.id,
                "name": campaign.name,
                "from": campaign.from.to_string(),
                "to": campaign.to.map(|to| to.to_string()),
                "what": campaign.what,
                "sources": campaign.sources,
                "rotate": campaign.rotate,
                "clean": campaign.clean,
                "hits": hits.len(),
                "confidence": hits.iter().map(|hit| hit.confidence).max().map(Confidence::as_str),
                "ran": hits.iter().map(|hit| hit.ran).max().map(Ran::as_str),
                "first_seen": hits.iter().filter_map(|hit| hit.first_seen).min().map(|time| time.to_string()),
            }))
        })
        .collect();
    let unread: Vec<Value> = outcome
        .unread
        .iter()
        .map(|(path, why)| json!({ "path": path, "why": why }))
        .collect();
    let counts = &outcome.counts;
    json!({
        "schema": 1,
        "status": outcome.surest().map_or("clean", Confidence::as_str),
        "complete": outcome.is_complete(),
        "hits": hits,
        "campaigns": campaigns,
        "unread": unread,
        "overridden": outcome.overridden,
        "counts": {
            "folders": counts.folders,
            "files": counts.files,
            "inner_files": counts.inner_files,
            "bytes": counts.bytes,
            "archives": counts.archives,
            "packages": counts.packages,
            "lockfiles": counts.lockfiles,
            "links": counts.links,
            "special": counts.special,
            "vanished": counts.vanished,
            "pseudo_file_systems": counts.pseudo_file_systems,
            "other_file_systems": counts.other_file_systems,
            "left_out": counts.left_out,
            "compared": counts.compared,
            "not_comparable": counts.not_comparable,
            "unread": counts.unread,
        },
        "known": {
            "campaigns": searched.indicators.campaigns().len(),
            "malicious_advisories": searched.advisories.counts().malicious,
            "newest_advisory": searched.advisories.newest_modified().map(|time| time.to_string()),
        },
    })
}

fn hit_json(hit: &Hit) -> Value {
    json!({
        "what": hit.what.as_str(),
        "subject": hit.subject,
        "path": hit.path,
        "inside": hit.inside,
        "offset": hit.offset,
        "place": hit.place.as_str(),
        "campaign": hit.campaign,
        "advisory": hit.advisory,
        "confidence": hit.confidence.as_str(),
        "first_seen": hit.first_seen.map(|time| time.to_string()),
        "seen_by": hit.seen_by,
        "ran": hit.ran.as_str(),
        "note": hit.note,
        "sha256": hit.sha256,
    })
}
