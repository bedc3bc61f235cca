//! What is in a file whatever it is: strings, lines and the hash of the whole.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_policy::indicators::{Campaign, Form, Kind, Match};
use sha2::{Digest, Sha256};

use super::hit::{Confidence, Ran, What};
use super::lines;
use super::look::Looker;
use super::place::{Place, Where};

/// Files with strings of so many campaigns are lists of indicators, as scanners and reports have them.
const CAMPAIGNS_OF_A_LIST: usize = 3;

/// Strings that are named in one hit.
const NAMED: usize = 8;

impl Looker<'_> {
    /// Strings, lines and hash of a file that is in memory.
    pub(super) fn content(&mut self, place: &Place, bytes: &[u8]) {
        let matches = self.request.matcher.search(bytes);
        if !matches.is_empty() {
            self.strings(place, Some(bytes), &matches);
        }
        self.lines(place, bytes, 0, (true, true));
        let size = bytes.len() as u64;
        let indicators = self.request.indicators;
        if self.request.hash_all || indicators.is_worth_hashing(place.name(), size) {
            self.hash(place, Sha256::digest(bytes).into());
        }
    }

    /// Lines of a part of a file that begins at `at`.
    pub(super) fn lines(&mut self, place: &Place, bytes: &[u8], at: u64, ends: (bool, bool)) {
        let indicators = self.request.indicators;
        for length in indicators.line_lengths() {
            if bytes.len() < *length {
                break;
            }
            for (offset, line) in lines::of_length(bytes, *length, ends.0, ends.1) {
                let Some(campaign) = indicators.line(&Sha256::digest(line).into()) else {
                    continue;
                };
                let subject = format!("a line of {length} bytes");
                let mut hit = self.hit(What::Line, subject, place, None);
                hit.campaign = Some(campaign.id.clone());
                hit.confidence = Confidence::Confirmed;
                hit.offset = Some(at + offset as u64);
                hit.ran = ran(place);
                hit.note = "a line of its payload, byte by byte".to_owned();
                self.found(hit);
            }
        }
    }

    /// Compares the hash of a whole file.
    pub(super) fn hash(&mut self, place: &Place, sha256: [u8; 32]) {
        let Some(campaign) = self.request.indicators.hash(&sha256) else {
            return;
        };
        let mut hit = self.hit(What::File, place.name().to_owned(), place, None);
        hit.sha256 = Some(lazaret_npm::digest::hex(&sha256));
        hit.campaign = Some(campaign.id.clone());
        hit.confidence = Confidence::Confirmed;
        hit.ran = ran(place);
        hit.note = "a file of the campaign, byte by byte".to_owned();
        self.found(hit);
    }

    /// The name of a file, whatever is in it.
    pub(super) fn file_name(&mut self, place: &Place) {
        let Some((campaign, pattern)) = self.request.indicators.file(&place.whole) else {
            return;
        };
        let mut hit = self.hit(What::FileName, pattern.to_owned(), place, None);
        hit.campaign = Some(campaign.id.clone());
        (hit.confidence, hit.note) = match pattern.contains('/') {
            true => (
                Confidence::Likely,
                "it lies where the campaign puts it".to_owned(),
            ),
            false => (
                Confidence::Hint,
                "only its name is the campaign's".to_owned(),
            ),
        };
        hit.ran = Ran::Unknown;
        self.found(hit);
    }

    /// One hit for each campaign whose strings are in a file.
    pub(super) fn strings(&mut self, place: &Place, bytes: Option<&[u8]>, matches: &[Match]) {
        let mut by_campaign: BTreeMap<u32, Vec<&Match>> = BTreeMap::new();
        for one in matches {
            by_campaign.entry(one.campaign).or_default().push(one);
        }
        let is_strong = |one: &&&Match| one.kind != Kind::Hint;
        let strong_campaigns = by_campaign
            .values()
            .filter(|all| all.iter().any(|one| is_strong(&one)))
            .count();
        for (index, all) in by_campaign {
            let Some(campaign) = self.request.indicators.campaigns().get(index as usize) else {
                continue;
            };
            let texts: BTreeSet<String> = all
                .iter()
                .filter(is_strong)
                .map(|one| text_of(campaign, one).to_ascii_lowercase())
                .collect();
            let (confidence, note) = match texts.len() {
                0 => (Confidence::Hint, "others may write this string, too"),
                _ if strong_campaigns >= CAMPAIGNS_OF_A_LIST => (
                    Confidence::Hint,
                    "strings of several campaigns in one file, as lists of indicators have them",
                ),
                _ if place.is_document() => (
                    Confidence::Hint,
                    "in a text that tells of it, which does not run",
                ),
                1 => (Confidence::Likely, "one string of its payload"),
                _ => (Confidence::Confirmed, "several strings of its payload"),
            };
            let mut named: Vec<String> = Vec::new();
            for one in &all {
                let text = text_of(campaign, one);
                named.push(match one.form {
                    Form::Plain => text.to_owned(),
                    form => format!("{text} ({})", form.as_str()),
                });
            }
            let more = named.len().saturating_sub(NAMED);
            named.truncate(NAMED);
            let mut subject = named.join(", ");
            if more > 0 {
                subject.push_str(&format!(" and {more} more"));
            }
            let mut hit = self.hit(What::Strings, subject, place, bytes);
            hit.campaign = Some(campaign.id.clone());
            hit.confidence = confidence;
            hit.offset = all.iter().map(|one| one.offset as u64).min();
            hit.note = note.to_owned();
            hit.ran = match confidence {
                Confidence::Hint => Ran::Unknown,
                _ => ran(place),
            };
            self.found(hit);
        }
    }
}

fn text_of<'c>(campaign: &'c Campaign, one: &Match) -> &'c str {
    let all = match one.kind {
        Kind::Literal => &campaign.literals,
        Kind::Domain => &campaign.domains,
        Kind::Hint => &campaign.hints,
    };
    all.get(one.index as usize).map_or("", |text| text)
}

fn ran(place: &Place) -> Ran {
    match place.kind() {
        Where::Log | Where::History => Ran::Unknown,
        kind => kind.ran(),
    }
}
