//! One thread's view of one file after the other: what is asked of each, the cheapest first.

use lazaret_npm::digest::hex;
use sha2::{Digest, Sha256};

use super::caches;
use super::hit::{Confidence, Hit, Ran, What};
use super::locks;
use super::mentions;
use super::place::Place;
use super::pnp;
use super::{HITS_LIMIT, Outcome, Progress, Request};

/// Files up to this size are read whole, in bytes; larger ones in parts.
pub(super) const WHOLE: usize = 32 << 20;

/// What one thread has found, and the room that it reads into.
pub(super) struct Looker<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) progress: &'a Progress,
    pub(super) outcome: Outcome,
    pub(super) buffer: Vec<u8>,
    /// Bytes that may still come out of the archive on disk that is read.
    pub(super) budget: u64,
    /// The sha256 of the file that is looked at, once a hit needed it: a lockfile can have thousands of hits.
    sha256: Option<String>,
}

impl<'a> Looker<'a> {
    pub(super) fn new(request: &'a Request<'a>, progress: &'a Progress) -> Self {
        Self {
            request,
            progress,
            outcome: Outcome::default(),
            buffer: Vec::new(),
            budget: 0,
            sha256: None,
        }
    }

    /// A file that is in memory as a whole. `depth` is how many archives it lies in.
    pub(super) fn look(&mut self, place: &Place, bytes: &[u8], depth: usize) {
        self.sha256 = None;
        self.outcome.counts.bytes += bytes.len() as u64;
        if depth > 0 {
            self.outcome.counts.inner_files += 1;
        }
        self.file_name(place);
        if bytes.is_empty() {
            return;
        }
        self.parts(place, bytes);
        self.content(place, bytes);
        // Looks at other files: nothing of this one may come after it.
        self.archive(place, bytes, depth);
    }

    /// Notes a file that says more than strings, and is too large for that to be read.
    pub(super) fn is_searched_only(&mut self, place: &Place) {
        let says_more = place.name() == "package.json"
            || locks::form(place).is_some()
            || mentions::tells(place)
            || pnp::is_map(place)
            || place.has("/_cacache/index-v5/");
        if says_more {
            let why = format!(
                "it is above {} MB: only its strings were searched",
                WHOLE >> 20
            );
            self.outcome.did_not_read(&place.shown(), why);
        }
    }

    /// What files of certain names say.
    fn parts(&mut self, place: &Place, bytes: &[u8]) {
        let name = place.name();
        if name == "package.json" {
            return self.manifest(place, bytes);
        }
        if let Some(form) = locks::form(place) {
            return self.lockfile(place, bytes, form);
        }
        if place.has("/_cacache/") {
            if place.has("/_cacache/index-v5/") {
                self.npm_index(place, bytes);
            } else if place.inside.is_empty() {
                self.npm_content(place, bytes);
            }
            return;
        }
        if name.ends_with(".json") && caches::is_pnpm_index(place) {
            return self.pnpm_index(place, bytes);
        }
        if caches::is_pnpm_manifest(place, bytes) {
            return self.manifest(place, bytes);
        }
        if caches::is_pnpm_database(place) {
            return self.pnpm_database(place, bytes, 0);
        }
        if pnp::is_map(place) {
            return self.pnp(place, bytes);
        }
        if mentions::tells(place) {
            self.mentions(place, bytes);
        }
    }

    /// A hit with what the place says; the rest is the caller's. `bytes` are those of the file that is looked at.
    pub(super) fn hit(
        &mut self,
        what: What,
        subject: String,
        place: &Place,
        bytes: Option<&[u8]>,
    ) -> Hit {
        let sha256 = bytes.map(|bytes| {
            let hashed = || hex(&Sha256::digest(bytes));
            self.sha256.get_or_insert_with(hashed).clone()
        });
        Hit {
            what,
            subject,
            path: place.path.clone(),
            inside: place.inside.clone(),
            offset: None,
            place: place.kind(),
            campaign: None,
            advisory: None,
            confidence: Confidence::Hint,
            first_seen: place.seen,
            seen_by: "file",
            ran: Ran::Unknown,
            note: String::new(),
            sha256,
        }
    }

    /// Keeps a hit, unless somebody said that it is none.
    pub(super) fn found(&mut self, hit: Hit) {
        let about = hit.campaign.as_deref().or(hit.advisory.as_deref());
        let sha256 = || lazaret_npm::digest::from_hex(hit.sha256.as_deref()?);
        let overridden = self.request.overrides.meant(
            about.unwrap_or(hit.what.as_str()),
            &hit.full_path(),
            sha256,
            self.request.now,
        );
        if overridden.is_some() {
            self.outcome.overridden += 1;
        } else if self.outcome.hits.len() < HITS_LIMIT {
            self.outcome.hits.push(hit);
        } else {
            self.outcome
                .did_not_read(&hit.path, "there are too many hits to keep");
        }
    }
}
