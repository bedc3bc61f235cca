//! From a name and version to verified bytes: judged always, fetched once, pinned for good.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use lazaret_npm::{Hasher, Integrity, PackageName, Strength};
use lazaret_policy::{Reason, Verdict};
use lazaret_store::{Event, Severity, VersionRow, Write, WriteError};

use super::inspecting::Asker;
use super::judging::{self, Past};
use super::packuments::broken_store;
use super::rendered::is_known;
use super::served::Count;
use super::standing::Standing;
use super::{Answer, Listing, Mirror, TarballKey};
use crate::body::{BlobBody, ReplyBody};
use crate::metrics::Cache;
use crate::problem::Problem;

/// Tarballs up to this size are answered from memory; nine of ten npm packages are smaller than 60 KB.
const SMALL: u64 = 256 * 1024;

/// Larger ones, up to this size, come into memory when they are asked for often. Reading a file costs a copy more.
const HOT: u64 = 16 << 20;

/// Downloads after which a tarball is asked for often.
const OFTEN: u64 = 8;

/// How often a verdict may change while a tarball is got ready.
const TRIES: usize = 8;

/// A document this young is not asked for again because of a version it does not list.
const JUST_NOW: Duration = Duration::from_secs(10);

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A tarball that may be served while its verdict stands.
pub(crate) struct Approved {
    pub(crate) name: PackageName,
    pub(crate) version: Box<str>,
    pub(crate) downloads: Count,
    standing: Standing,
    size: u64,
    etag: HeaderValue,
    bytes: Bytestream,
    /// Its place in the file system is not worth memory yet: downloads since it was opened.
    asked: AtomicU64,
}

/// How many bytes, and where they are.
type Content = (u64, Bytestream);

/// Where its bytes are.
enum Bytestream {
    Memory(Bytes),
    File(PathBuf),
}

impl Approved {
    pub(crate) fn weight(&self) -> u32 {
        let bytes = match &self.bytes {
            Bytestream::Memory(bytes) => bytes.len(),
            Bytestream::File(_) => 0,
        };
        u32::try_from(bytes + 400).unwrap_or(u32::MAX)
    }

    /// Whether it is time to bring it into memory; true once.
    fn becomes_hot(&self) -> bool {
        matches!(self.bytes, Bytestream::File(_))
            && self.size <= HOT
            && self.asked.fetch_add(1, Ordering::Relaxed) == OFTEN
    }

    /// The same with its bytes in memory.
    fn in_memory(&self) -> std::io::Result<Self> {
        let bytes = match &self.bytes {
            Bytestream::Memory(bytes) => bytes.clone(),
            Bytestream::File(path) => std::fs::read(path)?.into(),
        };
        Ok(Self {
            name: self.name.clone(),
            version: self.version.clone(),
            downloads: Count::default(),
            standing: self.standing,
            size: self.size,
            etag: self.etag.clone(),
            bytes: Bytestream::Memory(bytes),
            asked: AtomicU64::new(0),
        })
    }

    /// 200 with the tarball, 304 if the client has it, `None` if its file is gone.
    fn reply(&self, request: &HeaderMap) -> Option<Response<ReplyBody>> {
        let known = is_known(request, &self.etag);
        let body = match &self.bytes {
            _ if known => ReplyBody::empty(),
            Bytestream::Memory(bytes) => ReplyBody::from(bytes.clone()),
            Bytestream::File(path) => {
                let file = File::open(path).ok()?;
                ReplyBody::Blob(BlobBody::new(file, self.size))
            }
        };
        let mut reply = Response::new(body);
        let headers = reply.headers_mut();
        headers.insert(ETAG, self.etag.clone());
        headers.insert(CACHE_CONTROL, IMMUTABLE);
        if known {
            *reply.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, OCTETS);
            headers.insert(CONTENT_LENGTH, HeaderValue::from(self.size));
        }
        Some(reply)
    }
}

impl Mirror {
    /// The tarball of a version, if its verdict allows. A warm answer is a look-up in memory.
    pub(crate) async fn tarball(
        self: &Arc<Self>,
        key: TarballKey,
        request: &HeaderMap,
    ) -> Result<Response<ReplyBody>, Problem> {
        let now = Timestamp::now();
        if let Some(approved) = self.approved.get(&key)
            && approved.standing.holds(self.generation(), now)
        {
            if let Some(reply) = approved.reply(request) {
                self.served.record(&approved);
                self.metrics.look_up(Cache::Tarballs, true);
                if approved.becomes_hot() {
                    self.warm_up(key, approved);
                }
                return Ok(reply);
            }
            self.approved.invalidate(&key);
        }
        self.metrics.look_up(Cache::Tarballs, false);
        let standing = |approved: &Approved| approved.standing;
        let approved = self
            .by_rules_in_force(&self.approvals, &key, Self::approve, standing)
            .await?;
        let reply = approved.reply(request).ok_or_else(Problem::internal)?;
        self.served.record(&approved);
        Ok(reply)
    }

    /// Brings a tarball into memory in the background.
    fn warm_up(self: &Arc<Self>, key: TarballKey, approved: Arc<Approved>) {
        let mirror = Arc::clone(self);
        tokio::task::spawn_blocking(move || match approved.in_memory() {
            Ok(hot) => mirror.approved.insert(key, Arc::new(hot)),
            Err(error) => tracing::warn!(%error, "a tarball could not be read"),
        });
    }

    async fn approve(self: Arc<Self>, key: TarballKey) -> Answer<Approved> {
        let started = Instant::now();
        for _ in 0..TRIES {
            if let Some(approved) = self.approve_by(&key, started).await? {
                return Ok(approved);
            }
        }
        tracing::error!(name = %key.0, version = %key.1, "its verdict did not settle");
        Err(Problem::internal())
    }

    /// The tarball by the verdict of this moment; `None` if that changed meanwhile, so that it has to be judged again.
    async fn approve_by(
        self: &Arc<Self>,
        key: &TarballKey,
        started: Instant,
    ) -> Result<Option<Arc<Approved>>, Problem> {
        let (name, version) = key;
        let mut listing = self.listing(name).await?;
        let is_known = listing.version(version).is_some();
        if !is_known && self.confirmed_ago(&listing) > JUST_NOW {
            // Published since we last asked, perhaps.
            listing = Arc::clone(&self.refreshed(name.clone()).await?.listing);
        }
        let past = self.past(name).await?;
        let row = past.version(version);
        let Some(judged) = listing.version(version) else {
            return self.approve_vanished(key, &past, &listing, started).await;
        };
        let verdict = judged.verdict.as_deref();
        self.refuse_if_held(key, verdict)?;
        let kept = match row {
            Some(row) => self.kept(row).await?,
            None => None,
        };
        let (sha512, content) = match kept {
            Some(kept) => kept,
            None => {
                let pinned = row.and_then(|row| row.sha512.clone());
                let Some(offered) = listing.offered(judged) else {
                    return Err(Problem::wrong_bytes(
                        &id(key),
                        "the registry offers no checksum for it",
                    ));
                };
                let address = judged.tarball.as_deref();
                let sha512 = self.fetch(key, address, &offered, pinned).await?;
                let content = self.bytes_of(&sha512).await?;
                (sha512, content.ok_or_else(Problem::internal)?)
            }
        };
        if !judged.was_inspected() && !self.may_pass(key, started).await? {
            return Ok(None);
        }
        if let Some(fix) = verdict.and_then(|of| of.security_fix())
            && row.is_none_or(|row| row.served_first_at.is_none())
        {
            self.note_security_fix(key, fix).await;
        }
        let standing = listing
            .standing
            .until(verdict.and_then(|verdict| verdict.changes_at));
        self.approved_as(key, &sha512, content, standing, &listing)
    }

    /// Whether the verdict on a version that was not inspected stands after it was. Nothing is served before, where that
    /// is enforced; elsewhere it is inspected soon after.
    async fn may_pass(
        self: &Arc<Self>,
        key: &TarballKey,
        started: Instant,
    ) -> Result<bool, Problem> {
        if let Some(settings) = self.inspection.enforced() {
            let until = Asker::Request(started + settings.hold);
            return Ok(self.inspected(key, until).await?.is_quiet());
        }
        if !self.inspection.is_off() {
            self.inspect_soon(key).await;
        }
        Ok(true)
    }

    /// A version that came through early because it fixes what is in use here: for the record.
    async fn note_security_fix(&self, key: &TarballKey, fix: &Reason) {
        let (name, version) = key;
        tracing::info!(%name, %version, reason = fix.text, event = "security-fix", "let through early");
        let detail = serde_json::json!({ "reason": fix.text, "url": fix.url });
        self.record("security-fix", Severity::Info, key, &detail)
            .await;
    }

    /// A version that its document no longer lists: from the store if it was served before, else unknown.
    async fn approve_vanished(
        self: &Arc<Self>,
        key: &TarballKey,
        past: &Past,
        listing: &Arc<Listing>,
        started: Instant,
    ) -> Result<Option<Arc<Approved>>, Problem> {
        let (_, version) = key;
        let row = past.version(version);
        let Some(row) = row.filter(|row| row.sha512.is_some()) else {
            return Err(listing.no_version(version));
        };
        let verdict = self.judge_vanished(listing, row, past);
        self.refuse_if_held(key, Some(&verdict))?;
        let Some((sha512, content)) = self.kept(row).await? else {
            return Err(listing.no_version(version));
        };
        if !past.is_inspected(version) && !self.may_pass(key, started).await? {
            return Ok(None);
        }
        let standing = listing.standing.until(verdict.changes_at);
        self.approved_as(key, &sha512, content, standing, listing)
    }

    /// The verdict on a version that its document no longer lists.
    pub(crate) fn judge_vanished(
        &self,
        listing: &Listing,
        row: &VersionRow,
        past: &Past,
    ) -> Verdict {
        judging::judge_vanished(
            &self.rulebook.load(),
            &listing.name,
            row,
            past.behaviour(&row.version),
            listing.first_contact,
            Timestamp::now(),
        )
    }

    /// 403 with the reason for a version that its verdict holds.
    pub(crate) fn refuse_if_held(
        &self,
        key: &TarballKey,
        verdict: Option<&Verdict>,
    ) -> Result<(), Problem> {
        let Some(verdict) = verdict.filter(|verdict| verdict.outcome.is_held()) else {
            return Ok(());
        };
        let rule = verdict.headline().map_or("unknown", |reason| reason.rule);
        self.metrics.refusal(rule);
        tracing::warn!(name = %key.0, version = %key.1, rule, "refused");
        Err(Problem::held(&id(key), verdict, &self.public_url))
    }

    /// The address of the bytes that a version is pinned to, and what is there, if they are here.
    async fn kept(&self, row: &VersionRow) -> Result<Option<(String, Content)>, Problem> {
        match &row.sha512 {
            Some(sha512) if row.quarantined_at.is_none() => {
                let content = self.bytes_of(sha512).await?;
                Ok(content.map(|content| (sha512.clone(), content)))
            }
            _ => Ok(None),
        }
    }

    /// What requests are answered with as long as the verdict stands; `None` if it was overtaken meanwhile.
    fn approved_as(
        &self,
        key: &TarballKey,
        sha512: &str,
        (size, bytes): Content,
        standing: Standing,
        listing: &Listing,
    ) -> Result<Option<Arc<Approved>>, Problem> {
        let approved = Arc::new(Approved {
            name: key.0.clone(),
            version: key.1.clone(),
            downloads: Count::default(),
            standing,
            size,
            etag: HeaderValue::from_str(&format!("\"{}\"", &sha512[..32])).map_err(broken_store)?,
            bytes,
            asked: AtomicU64::new(0),
        });
        self.approved.insert(key.clone(), Arc::clone(&approved));
        // Whoever has it judged again says so first and then takes it out: one of the two is seen.
        if listing.is_superseded() {
            self.approved.invalidate(key);
            return Ok(None);
        }
        Ok(Some(approved))
    }

    async fn bytes_of(&self, sha512: &str) -> Result<Option<Content>, Problem> {
        let Some(path) = self.store.blobs.path(sha512) else {
            let bytes = self.store.blobs.get(sha512).await.map_err(broken_store)?;
            return Ok(bytes.map(|bytes| (bytes.len() as u64, Bytestream::Memory(bytes))));
        };
        let open = move || -> std::io::Result<Option<(u64, Bytestream)>> {
            let mut file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            let size = file.metadata()?.len();
            if size > SMALL {
                return Ok(Some((size, Bytestream::File(path))));
            }
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            file.read_to_end(&mut bytes)?;
            Ok(Some((size, Bytestream::Memory(bytes.into()))))
        };
        tokio::task::spawn_blocking(open)
            .await
            .map_err(broken_store)?
            .map_err(broken_store)
    }

    /// Downloads, verifies and pins a tarball; gives its sha512 in hex.
    pub(super) async fn fetch(
        &self,
        key: &TarballKey,
        address: Option<&str>,
        offered: &Integrity,
        pinned: Option<String>,
    ) -> Result<String, Problem> {
        let (name, version) = key;
        let what = format!("the tarball of {}", id(key));
        let asked = Instant::now();
        let failed = |error: &lazaret_upstream::UpstreamError| {
            tracing::warn!(%name, %version, %error, "a tarball could not be fetched");
            self.metrics.upstream("tarball", asked.elapsed(), false);
            Problem::upstream(&what, error)
        };
        let mut download = self
            .registry
            .tarball(name, version, address)
            .await
            .map_err(|error| failed(&error))?;
        let mut ingest = self.store.blobs.ingest();
        let mut hasher = Hasher::with_sha384(offered.needs_sha384());
        while let Some(chunk) = download.chunk().await.map_err(|error| failed(&error))? {
            hasher.update(&chunk);
            ingest.write(&chunk).await.map_err(broken_store)?;
        }
        self.metrics.upstream("tarball", asked.elapsed(), true);
        let digests = hasher.finish();
        let sha512 = digests.sha512_hex();
        let strength = match offered.check(&digests) {
            Ok(strength) if pinned.as_ref().is_none_or(|pin| *pin == sha512) => strength,
            outcome => {
                let detail = match outcome {
                    Err(mismatch) => mismatch.to_string(),
                    Ok(_) => "they differ from the bytes first received here".to_owned(),
                };
                return Err(self.wrong_bytes(key, &sha512, &detail).await);
            }
        };
        ingest.finish(&digests).await.map_err(broken_store)?;
        let pin = Write::Pinned {
            name: name.clone(),
            version: version.to_string(),
            sha512: sha512.clone(),
            sha256: digests.sha256_hex(),
            sha1: digests.shasum(),
            size: digests.size,
            weak: strength == Strength::Weak,
            at: Timestamp::now(),
            offered: Some(offered.to_string()),
        };
        match self.store.write(vec![pin]).await {
            Ok(()) => {
                self.written(name).await;
                Ok(sha512)
            }
            Err(WriteError::PinConflict { .. }) => Err(self
                .wrong_bytes(
                    key,
                    &sha512,
                    "they differ from the bytes first received here",
                )
                .await),
            Err(error) => Err(broken_store(error)),
        }
    }

    async fn wrong_bytes(&self, key: &TarballKey, sha512: &str, detail: &str) -> Problem {
        let (name, version) = key;
        self.metrics.refusal("integrity");
        tracing::error!(
            %name, %version, detail, event = "wrong-bytes",
            "the upstream's tarball is not what its checksums promise; nothing was stored"
        );
        let received = serde_json::json!({ "received_sha512": sha512, "mismatch": detail });
        self.record("wrong-bytes", Severity::Critical, key, &received)
            .await;
        Problem::wrong_bytes(&id(key), detail)
    }

    /// Has an event about a version written soon.
    async fn record(
        &self,
        kind: &str,
        severity: Severity,
        key: &TarballKey,
        detail: &serde_json::Value,
    ) {
        let event = Write::Event(Event {
            at: Timestamp::now(),
            kind: kind.to_owned(),
            severity,
            name: Some(key.0.clone()),
            version: Some(key.1.to_string()),
            detail: detail.to_string(),
        });
        if let Err(error) = self.store.queue(vec![event]).await {
            tracing::error!(%error, "an event could not be recorded");
        }
    }
}

fn id(key: &TarballKey) -> String {
    format!("{}@{}", key.0, key.1)
}
