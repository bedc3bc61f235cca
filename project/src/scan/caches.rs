//! What clients keep of what they fetched: the index of npm's cache, its content by checksum, and pnpm's index of its store.

use std::borrow::Cow;

use jiff::Timestamp;
use lazaret_npm::digest::hex;
use serde::Deserialize;
use sha2::{Digest, Sha512};

use super::hit::{Confidence, Ran, What};
use super::look::Looker;
use super::place::{Place, Where};
use super::versions::of_address;

/// One line of `_cacache/index-v5/..`, behind its own checksum.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    key: Cow<'a, str>,
    /// Milliseconds since 1970.
    #[serde(default)]
    time: Option<i64>,
    #[serde(borrow, default)]
    integrity: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Index<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
}

impl Looker<'_> {
    /// The index of npm's cache: what was fetched, and when.
    pub(super) fn npm_index(&mut self, place: &Place, bytes: &[u8]) {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Some(at) = line.iter().position(|byte| *byte == b'\t') else {
                continue;
            };
            // A line that was cut off is passed over by npm, too.
            let Ok(entry) = serde_json::from_slice::<Entry<'_>>(&line[at + 1..]) else {
                continue;
            };
            // Without integrity the line says that an entry was removed.
            if entry.integrity.is_none() {
                continue;
            }
            let url = entry.metadata.as_ref().and_then(|data| data.url.as_deref());
            let Some((name, version)) = of_address(&entry.key).or_else(|| of_address(url?)) else {
                continue;
            };
            let Some(known) = self.request.known(&name, &version) else {
                continue;
            };
            let note = "npm fetched it; an installation may have used it".to_owned();
            let before = self.outcome.hits.len();
            let subject = format!("{name}@{version}");
            let said = (Confidence::Confirmed, Ran::Unknown, note);
            self.version(place, bytes, &known, subject, said);
            if let Some(hit) = self.outcome.hits.get_mut(before)
                && let Some(time) = entry
                    .time
                    .and_then(|time| Timestamp::from_millisecond(time).ok())
            {
                hit.first_seen = Some(time);
                hit.seen_by = "npm cache";
            }
        }
    }

    /// The content of npm's cache is called by its own sha512.
    pub(super) fn npm_content(&mut self, place: &Place, bytes: &[u8]) {
        let Some((_, digits)) = place.whole.rsplit_once("/content-v2/sha512/") else {
            return;
        };
        let named: String = digits.split('/').collect();
        if named.len() != 128 || hex(&Sha512::digest(bytes)) == named {
            return;
        }
        let mut hit = self.hit(What::Changed, named, place, Some(bytes));
        hit.confidence = Confidence::Hint;
        hit.note = "its bytes are not those that npm put there; npm itself refuses them".to_owned();
        self.found(hit);
    }

    /// pnpm's index of the files of one package.
    pub(super) fn pnpm_index(&mut self, place: &Place, bytes: &[u8]) {
        let Ok(index) = serde_json::from_slice::<Index<'_>>(bytes) else {
            return;
        };
        let (Some(name), Some(version)) = (index.name, index.version) else {
            return;
        };
        let Some(known) = self.request.known(&name, &version) else {
            return;
        };
        let note = "pnpm keeps its files; an installation may link to them".to_owned();
        let before = self.outcome.hits.len();
        let subject = format!("{name}@{version}");
        let said = (Confidence::Confirmed, Ran::Unknown, note);
        self.version(place, bytes, &known, subject, said);
        if let Some(hit) = self.outcome.hits.get_mut(before) {
            hit.place = Where::PnpmStore;
        }
    }
}

/// `v3/files/aa/bb…-index.json`, `v10/index/aa/bb…-name@1.0.0.json`.
pub(super) fn is_pnpm_index(place: &Place) -> bool {
    let name = place.name();
    name.ends_with("-index.json") && place.has("/files/")
        || name.ends_with(".json") && place.has("/index/") && place.has("/v1")
}
