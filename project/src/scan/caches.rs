//! What clients keep of what they fetched: the index of npm's cache, its content by checksum, and pnpm's indexes of its store.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use lazaret_npm::digest::hex;
use serde::Deserialize;
use sha2::{Digest, Sha512};

use super::hit::{Confidence, Hit, Ran, What};
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

impl Looker<'_> {
    /// pnpm's database of all packages, since its version 11: each key is a checksum, a tab and `name@version`. Nothing else is
    /// read of it, and rows that were taken out may still be there: whether the package is, its files must say.
    pub(super) fn pnpm_database(&mut self, place: &Place, bytes: &[u8], at: u64) {
        const CHECKSUM: usize = "sha512-".len() + 88;
        let mut told = BTreeSet::new();
        for tab in memchr::memchr_iter(b'\t', bytes) {
            let checksum = tab
                .checked_sub(CHECKSUM)
                .and_then(|start| bytes.get(start..tab));
            if !checksum.is_some_and(|text| text.starts_with(b"sha512-") && text.ends_with(b"==")) {
                continue;
            }
            let is_of_id = |byte: &&u8| byte.is_ascii_alphanumeric() || b"@/._~+-".contains(byte);
            let id: Vec<u8> = bytes[tab + 1..]
                .iter()
                .take(NAME_LIMIT)
                .take_while(is_of_id)
                .copied()
                .collect();
            let id = String::from_utf8_lossy(&id);
            // What the row says comes right behind its key.
            let id = id.split("sha512-").next().unwrap_or_default();
            let Some((name, version)) = id.rsplit_once('@').filter(|(name, _)| !name.is_empty())
            else {
                continue;
            };
            let Some(known) = self.request.known(name, version) else {
                continue;
            };
            if !told.insert(id.to_owned()) {
                continue;
            }
            let note =
                "pnpm's index names it; its files are not, or no longer, in the store".to_owned();
            let before = self.outcome.hits.len();
            let said = (Confidence::Hint, Ran::Unknown, note);
            self.version(place, bytes, &known, id.to_owned(), said);
            if let Some(hit) = self.outcome.hits.get_mut(before) {
                hit.place = Where::PnpmStore;
                hit.offset = Some(at + tab as u64 + 1);
            }
        }
    }
}

/// Longest `name@version` that is read, in bytes.
const NAME_LIMIT: usize = 512;

/// A package is in pnpm's store where the database names it and a `package.json` among the files is its own.
pub(super) fn settle(hits: &mut [Hit]) {
    let is_version = |hit: &&Hit| hit.place == Where::PnpmStore && hit.what == What::Version;
    let key = |hit: &Hit, part: &str| {
        let path = hit.full_path();
        let (store, _) = path.rsplit_once(part)?;
        Some((store.to_owned(), hit.subject.clone()))
    };
    let versions = || hits.iter().filter(is_version);
    let named: BTreeSet<_> = versions().filter_map(|hit| key(hit, "/index.db")).collect();
    let kept: BTreeSet<_> = versions().filter_map(|hit| key(hit, "/files/")).collect();
    for hit in hits.iter_mut().filter(|hit| is_version(&&**hit)) {
        let other = match key(hit, "/index.db") {
            Some(key) => kept.contains(&key),
            None => key(hit, "/files/").is_some_and(|key| named.contains(&key)),
        };
        // What an advisory may mean stays a hint.
        if other && !hit.note.starts_with("an advisory names") {
            hit.confidence = Confidence::Confirmed;
            hit.note = "pnpm keeps its files; an installation may link to them".to_owned();
        }
    }
}

/// Largest of those, in bytes: source maps begin with the same letter.
const MANIFEST: usize = 1 << 20;

/// A file of pnpm's store that may be the `package.json` of a package: there it is called by its checksum.
pub(super) fn is_pnpm_manifest(place: &Place, bytes: &[u8]) -> bool {
    let name = place.name();
    name.len() == 126
        && bytes.len() <= MANIFEST
        && bytes.trim_ascii_start().starts_with(b"{")
        && place.has("store/v")
        && place.has("/files/")
        && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `store/v11/index.db`, and what was not written into it yet.
pub(super) fn is_pnpm_database(place: &Place) -> bool {
    matches!(place.name(), "index.db" | "index.db-wal") && place.has("store/v")
}

/// `v3/files/aa/bb…-index.json`, `v10/index/aa/bb…-name@1.0.0.json`.
pub(super) fn is_pnpm_index(place: &Place) -> bool {
    let name = place.name();
    name.ends_with("-index.json") && place.has("/files/")
        || name.ends_with(".json") && place.has("/index/") && place.has("/v1")
}
