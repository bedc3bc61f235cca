//! From a name and version to verified bytes: judged always, fetched once, pinned for good.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use lazaret_npm::{Hasher, Integrity, PackageName, Strength};
use lazaret_policy::{Reason, Verdict};
use lazaret_store::{Event, Severity, VersionRow, Write, WriteError};

use super::judging;
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
        let (name, version) = &key;
        let mut listing = self.listing(name).await?;
        let is_known = listing.version(version).is_some();
        if !is_known && self.confirmed_ago(&listing) > JUST_NOW {
            // Published since we last asked, perhaps.
            listing = Arc::clone(&self.refreshed(name.clone()).await?.listing);
        }
        let past = self.past(name).await?;
        let row = past.version(version);
        let Some(judged) = listing.version(version) else {
            return self.approve_vanished(&key, row, &listing).await;
        };
        self.refuse_if_held(&key, judged.verdict.as_deref())?;
        if let Some(fix) = judged.verdict.as_ref().and_then(|of| of.security_fix())
            && row.is_none_or(|row| row.served_first_at.is_none())
        {
            self.note_security_fix(&key, fix).await;
        }
        let verdict = judged.verdict.as_deref();
        let standing = listing
            .standing
            .until(verdict.and_then(|verdict| verdict.changes_at));
        if let Some(row) = row
            && let Some(approved) = self.kept(&key, row, standing).await?
        {
            return Ok(approved);
        }
        let pinned = row.and_then(|row| row.sha512.clone());
        let Some(offered) = listing.offered(judged) else {
            return Err(Problem::wrong_bytes(
                &id(&key),
                "the registry offers no checksum for it",
            ));
        };
        let sha512 = self
            .fetch(&key, judged.tarball.as_deref(), &offered, pinned)
            .await?;
        self.open(&key, &sha512, standing)
            .await?
            .ok_or_else(Problem::internal)
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
        &self,
        key: &TarballKey,
        row: Option<&VersionRow>,
        listing: &Listing,
    ) -> Answer<Approved> {
        let (_, version) = key;
        let Some(row) = row.filter(|row| row.sha512.is_some()) else {
            return Err(listing.no_version(version));
        };
        let verdict = self.judge_vanished(listing, row);
        self.refuse_if_held(key, Some(&verdict))?;
        let standing = listing.standing.until(verdict.changes_at);
        self.kept(key, row, standing)
            .await?
            .ok_or_else(|| listing.no_version(version))
    }

    /// The verdict on a version that its document no longer lists.
    pub(crate) fn judge_vanished(&self, listing: &Listing, row: &VersionRow) -> Verdict {
        judging::judge_vanished(
            &self.rulebook.load(),
            &listing.name,
            row,
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

    /// The bytes a version is pinned to, if they are here.
    async fn kept(
        &self,
        key: &TarballKey,
        row: &VersionRow,
        standing: Standing,
    ) -> Result<Option<Arc<Approved>>, Problem> {
        match &row.sha512 {
            Some(sha512) if row.quarantined_at.is_none() => self.open(key, sha512, standing).await,
            _ => Ok(None),
        }
    }

    async fn open(
        &self,
        key: &TarballKey,
        sha512: &str,
        standing: Standing,
    ) -> Result<Option<Arc<Approved>>, Problem> {
        let Some((size, bytes)) = self.bytes_of(sha512).await? else {
            return Ok(None);
        };
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
        Ok(Some(approved))
    }

    async fn bytes_of(&self, sha512: &str) -> Result<Option<(u64, Bytestream)>, Problem> {
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
    async fn fetch(
        &self,
        key: &TarballKey,
        address: Option<&str>,
        offered: &Integrity,
        pinned: Option<String>,
    ) -> Result<String, Problem> {
        let (name, version) = key;
        let what = format!("the tarball of {}", id(key));
        let asked = std::time::Instant::now();
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
