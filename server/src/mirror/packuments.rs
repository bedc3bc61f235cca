//! From a name to a judged document: memory, then the database, then the upstream.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::packument::{Form, Packument};
use lazaret_store::{Event, News, PackageRow, Severity, WebhookChange, Write};
use lazaret_upstream::{Answer as Upstream, Document, Validators};
use tokio::sync::watch;

use super::judging::{self, Changed, Past, Subject};
use super::{Answer, Freshness, Listing, Mirror, Rendered, View};
use crate::encoding::Encoding;
use crate::metrics::Cache;
use crate::problem::Problem;

/// How soon a failing upstream is asked again for a document of which an old copy is served.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// A document and the verdicts on it.
pub(crate) struct Loaded {
    pub(crate) packument: Packument,
    pub(crate) listing: Arc<Listing>,
}

/// A document that stands in for its row; the channel closes when the row is written.
pub(super) struct Unwritten {
    loaded: Arc<Loaded>,
    written: watch::Receiver<()>,
}

impl Mirror {
    /// The rendered document of a package. A warm answer is a look-up in memory.
    pub(crate) async fn document(self: &Arc<Self>, view: View) -> Answer<Rendered> {
        let now = Timestamp::now();
        if let Some(rendered) = self.rendered.get(&view)
            && rendered.listing.holds(self.generation(), now)
            && self.is_current(&rendered.listing, now)
        {
            self.metrics.look_up(Cache::Documents, true);
            return Ok(rendered);
        }
        self.metrics.look_up(Cache::Documents, false);
        let standing = |rendered: &Rendered| rendered.listing.standing;
        self.by_rules_in_force(&self.renders, &view, Self::render, standing)
            .await
    }

    /// Whether a listing may be served as it is. One that is a little overdue may, and is confirmed meanwhile.
    fn is_current(self: &Arc<Self>, listing: &Arc<Listing>, now: Timestamp) -> bool {
        match self.freshness(listing.overdue(now)) {
            Freshness::Fresh => true,
            Freshness::Overdue => {
                self.confirm_meanwhile(listing);
                true
            }
            Freshness::Old => false,
        }
    }

    /// Has the upstream asked, by one task at a time: a hot document is asked for a thousand times until it answers.
    fn confirm_meanwhile(self: &Arc<Self>, listing: &Arc<Listing>) {
        if listing.begins_confirming() {
            let (mirror, listing) = (Arc::clone(self), Arc::clone(listing));
            tokio::spawn(async move {
                let _ = mirror.refreshed(listing.name.clone()).await;
                listing.ends_confirming();
            });
        }
    }

    async fn render(self: Arc<Self>, view: View) -> Answer<Rendered> {
        let loaded = self.current(&view.name).await?;
        let loaded = self.looked_ahead(loaded).await?;
        self.refuse_if_nothing_left(&loaded.listing)?;
        let mirror = Arc::clone(&self);
        let rendered = self
            .heavy(move || {
                let rendered = Rendered::new(&loaded, &view, &mirror.public_url);
                let rendered = rendered.map(Arc::new).map_err(|error| {
                    tracing::error!(%error, name = %view.name, "a document could not be written");
                    Problem::internal()
                })?;
                mirror.rendered.insert(view, Arc::clone(&rendered));
                Ok(rendered)
            })
            .await??;
        Ok(rendered)
    }

    /// 403 with the reason instead of a document without versions, which clients report as "unpublished".
    pub(crate) fn refuse_if_nothing_left(&self, listing: &Listing) -> Result<(), Problem> {
        match &listing.message {
            Some(message) if listing.nothing_left => {
                self.metrics.refusal("every-version");
                tracing::warn!(
                    name = %listing.name, rule = "every-version", "refused: no version is left"
                );
                Err(Problem::nothing_left(
                    &listing.name,
                    message,
                    &self.public_url,
                ))
            }
            _ => Ok(()),
        }
    }

    /// The document as fresh as the settings ask for.
    pub(crate) async fn current(self: &Arc<Self>, name: &PackageName) -> Answer<Loaded> {
        self.judged_by_now(name, true).await
    }

    /// The verdicts on a package, however old its document is: the upstream is asked only for unknown packages.
    pub(crate) async fn listing(self: &Arc<Self>, name: &PackageName) -> Answer<Listing> {
        self.refuse_internal(name)?;
        if let Some(listing) = self.listings.get(name)
            && listing.holds(self.generation(), Timestamp::now())
        {
            return Ok(listing);
        }
        let loaded = self.judged_by_now(name, false).await?;
        Ok(Arc::clone(&loaded.listing))
    }

    /// A document judged by the rules in force once it is here: they may change while the upstream is asked.
    pub(super) async fn judged_by_now(
        self: &Arc<Self>,
        name: &PackageName,
        fresh: bool,
    ) -> Answer<Loaded> {
        let load = |mirror: Arc<Self>, name| mirror.load(name, fresh);
        self.by_rules_in_force(&self.loads, name, load, |loaded| loaded.listing.standing)
            .await
    }

    pub(super) fn refuse_internal(&self, name: &PackageName) -> Result<(), Problem> {
        if self.rulebook.load().policy.is_internal(name) {
            return Err(Problem::internal_name(name));
        }
        Ok(())
    }

    async fn load(self: Arc<Self>, name: PackageName, fresh: bool) -> Answer<Loaded> {
        self.refuse_internal(&name)?;
        let unwritten = self
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&name)
            .map(|unwritten| Arc::clone(&unwritten.loaded));
        if let Some(loaded) = unwritten
            && loaded.listing.holds(self.generation(), Timestamp::now())
        {
            return Ok(loaded);
        }
        self.written(&name).await;
        let Some(row) = self.stored(&name).await? else {
            return self.refreshed(name).await;
        };
        let now = Timestamp::now();
        // An upstream that just failed is not waited for again by everyone who has a copy to get.
        let fresh = fresh
            && !self
                .listings
                .get(&name)
                .is_some_and(|listing| listing.is_stale() && listing.overdue(now) <= 0);
        let fresh_until = self.fresh_until(row.checked_at);
        let overdue = now.as_millisecond() - fresh_until.as_millisecond();
        let freshness = self.freshness(if fresh { overdue } else { 0 });
        if matches!(freshness, Freshness::Old) {
            return self.refreshed(name).await;
        }
        let loaded = self.judge_if_needed(row).await?;
        if !loaded.listing.is_stale() {
            loaded.listing.set_fresh(fresh_until);
        }
        if matches!(freshness, Freshness::Overdue) {
            self.confirm_meanwhile(&loaded.listing);
        }
        Ok(loaded)
    }

    /// A package row that holds a document.
    async fn stored(&self, name: &PackageName) -> Result<Option<PackageRow>, Problem> {
        let row = self.store.db.package(name).await.map_err(broken_store)?;
        Ok(row.filter(|row| row.document.is_some()))
    }

    async fn judge_stored(self: &Arc<Self>, row: PackageRow) -> Answer<Loaded> {
        let past = self.past(&row.name).await?;
        let mirror = Arc::clone(self);
        self.heavy(move || {
            let packument = unpack(&row)?;
            Ok(mirror.judged(packument, row.first_contact, &past))
        })
        .await?
    }

    pub(crate) async fn past(&self, name: &PackageName) -> Result<Past, Problem> {
        let history = self.store.db.history(name).await.map_err(broken_store)?;
        let inspections = match self.inspection.is_off() {
            true => Vec::new(),
            false => {
                let inspections = self.store.db.inspections_of(name).await;
                inspections.map_err(broken_store)?
            }
        };
        Ok(Past::new(history, inspections))
    }

    /// Judges a document and keeps the verdicts in memory.
    fn judged(&self, packument: Packument, first_contact: Timestamp, past: &Past) -> Arc<Loaded> {
        let rulebook = self.rulebook.load_full();
        let subject = Subject {
            packument: &packument,
            first_contact,
            past,
            registry: self.registry.url(),
        };
        let listing = Arc::new(judging::judge_all(
            &rulebook,
            &subject,
            &self.public_url,
            Timestamp::now(),
        ));
        self.metrics.judged(&listing);
        self.queue.judged(&listing);
        if let Some(older) = self.listings.get(packument.name()) {
            older.supersede();
        }
        self.listings
            .insert(packument.name().clone(), Arc::clone(&listing));
        for (entry, judged) in packument.entries().iter().zip(&listing.judged) {
            let verdict = judged.verdict.as_deref();
            if verdict.is_some_and(|verdict| verdict.outcome.is_held()) {
                // Approved under the same rules, before this document offered other bytes for it, or before its
                // behaviour was known.
                let key = (packument.name().clone(), entry.version().into());
                self.approved.invalidate(&key);
            }
        }
        let loaded = Arc::new(Loaded { packument, listing });
        if !self.inspection.is_off() {
            self.recent
                .insert(loaded.listing.name.clone(), Arc::clone(&loaded));
        }
        loaded
    }

    /// The document as it is kept, for an inspection: not read again if it was read a moment ago.
    pub(super) async fn recent(self: &Arc<Self>, name: &PackageName) -> Answer<Loaded> {
        if let Some(loaded) = self.recent.get(name)
            && loaded.listing.holds(self.generation(), Timestamp::now())
        {
            return Ok(loaded);
        }
        self.judged_by_now(name, false).await
    }

    /// Asks the upstream, once for all who want to know.
    pub(crate) async fn refreshed(self: &Arc<Self>, name: PackageName) -> Answer<Loaded> {
        let (mirror, key) = (Arc::clone(self), name.clone());
        self.refreshes.join(name, || mirror.refresh(key)).await
    }

    async fn refresh(self: Arc<Self>, name: PackageName) -> Answer<Loaded> {
        // What comes in is compared with what came before, not with what happens to be on disk already.
        self.written(&name).await;
        let row = self.stored(&name).await?;
        let validators = row
            .as_ref()
            .map(|row| row.validators.clone())
            .unwrap_or_default();
        let asked = std::time::Instant::now();
        let validators = Validators {
            etag: validators.etag,
            last_modified: validators.last_modified,
        };
        let answer = self.registry.packument(&name, &validators).await;
        self.metrics
            .upstream("packument", asked.elapsed(), answer.is_ok());
        match (answer, row) {
            (Ok(Upstream::Fresh(document)), None) => self.accept(name, document, None).await,
            (Ok(Upstream::Fresh(document)), row) => {
                let accepted = self.accept(name.clone(), document, row).await;
                match &accepted {
                    Err(problem) if problem.status() == StatusCode::BAD_GATEWAY => {
                        let row = self.stored(&name).await?.ok_or_else(Problem::internal)?;
                        self.keep_stale(row).await
                    }
                    _ => accepted,
                }
            }
            (Ok(Upstream::NotModified), Some(row)) => self.confirm(row).await,
            (Ok(Upstream::Missing | Upstream::NotModified), _) => Err(Problem::no_package(&name)),
            (Ok(Upstream::Denied(code)), Some(row)) => {
                tracing::warn!(%name, code, "the upstream registry refuses us; serving the kept document");
                self.keep_stale(row).await
            }
            (Ok(Upstream::Denied(code)), None) => Err(Problem::upstream_denied(&name, code)),
            (Err(error), Some(row)) => {
                tracing::warn!(%name, %error, "the upstream registry failed; serving the kept document");
                self.keep_stale(row).await
            }
            (Err(error), None) => {
                tracing::warn!(%name, %error, "the upstream registry failed, and nothing is kept");
                Err(Problem::upstream(&format!("package {name}"), &error))
            }
        }
    }

    async fn confirm(self: &Arc<Self>, row: PackageRow) -> Answer<Loaded> {
        let now = Timestamp::now();
        let checked = Write::Checked {
            name: row.name.clone(),
            at: now,
            validators: row.validators.clone(),
        };
        self.store
            .queue(vec![checked])
            .await
            .map_err(broken_store)?;
        // What is rendered stays good, as long as it shares the listing whose freshness is extended below.
        if !self.listings.contains_key(&row.name) {
            self.forget_renderings(&row.name);
        }
        let loaded = self.judge_if_needed(row).await?;
        loaded.listing.set_fresh(self.fresh_until(now));
        Ok(loaded)
    }

    async fn keep_stale(self: &Arc<Self>, row: PackageRow) -> Answer<Loaded> {
        let loaded = self.judge_if_needed(row).await?;
        let soon = Timestamp::now()
            .checked_add(ASK_AGAIN)
            .unwrap_or(Timestamp::MAX);
        loaded.listing.set_stale(soon);
        self.metrics.stale();
        Ok(loaded)
    }

    /// The stored document with the listing in memory where that still stands, else judged anew.
    async fn judge_if_needed(self: &Arc<Self>, row: PackageRow) -> Answer<Loaded> {
        let listing = self.listings.get(&row.name);
        let Some(listing) =
            listing.filter(|listing| listing.holds(self.generation(), Timestamp::now()))
        else {
            return self.judge_stored(row).await;
        };
        let name = row.name.clone();
        let loaded = self
            .heavy(move || {
                let packument = unpack(&row)?;
                let fits = listing.is_of(&packument);
                Ok(fits.then(|| Arc::new(Loaded { packument, listing })))
            })
            .await??;
        if let Some(loaded) = loaded {
            return Ok(loaded);
        }
        // A newer document came in after the row was read: what was judged are not the versions of this one.
        self.written(&name).await;
        let row = self.stored(&name).await?.ok_or_else(Problem::internal)?;
        self.judge_stored(row).await
    }

    /// Takes in a new document: compares it with the one before, judges it, and has it written.
    async fn accept(
        self: &Arc<Self>,
        name: PackageName,
        document: Document,
        row: Option<PackageRow>,
    ) -> Answer<Loaded> {
        let now = Timestamp::now();
        let past = self.past(&name).await?;
        let first_contact = row.as_ref().map_or(now, |row| row.first_contact);
        if row.is_some() {
            self.forget_renderings(&name);
        }
        let (mirror, body) = (Arc::clone(self), document.body);
        let is_first_contact = row.is_none();
        let (loaded, mut writes, changed) = self
            .heavy(move || {
                let older = row.as_ref().map(unpack).transpose()?;
                let known = older.as_ref().zip(row.as_ref().map(|row| row.checked_at));
                let arrival = judging::compare(&name, body, known, past, now).map_err(|error| {
                    tracing::error!(%name, %error, "the upstream's document was refused");
                    Problem::bad_document(&error)
                })?;
                drop(older);
                let loaded = mirror.judged(arrival.packument, first_contact, &arrival.past);
                Ok((loaded, arrival.writes, arrival.changed))
            })
            .await??;
        for change in changed {
            writes.extend(self.tell_change(&loaded.listing.name, change).await?);
        }
        loaded.listing.set_fresh(self.fresh_until(now));
        let appeared = appeared(&writes);
        writes.extend(self.queue_ahead(&loaded, (!is_first_contact).then_some(&appeared)));
        writes.extend(self.bursts.take(&loaded.packument, &appeared, now));
        let row = PackageRow {
            name: loaded.listing.name.clone(),
            validators: lazaret_store::Validators {
                etag: document.validators.etag,
                last_modified: document.validators.last_modified,
            },
            first_contact,
            checked_at: now,
            document_len: loaded.packument.body().len() as u64,
            document: None,
        };
        self.write_soon(Arc::clone(&loaded), row, writes);
        Ok(loaded)
    }

    /// The critical event of a version that is offered with other bytes; none if this very change was told before.
    async fn tell_change(
        &self,
        name: &PackageName,
        change: Changed,
    ) -> Result<Vec<Write>, Problem> {
        const KIND: &str = "integrity-changed";
        let version = change.version;
        let known = self.store.db.last_event(KIND, name, &version).await;
        if known
            .map_err(broken_store)?
            .is_some_and(|event| event.detail == change.detail)
        {
            return Ok(Vec::new());
        }
        self.metrics.integrity_change();
        tracing::error!(
            %name, %version, event = KIND,
            "the upstream offers other bytes for a known version; the first ones stay"
        );
        let now = Timestamp::now();
        let news = News {
            at: now,
            kind: KIND.to_owned(),
            name: Some(name.clone()),
            version: Some(version.clone()),
            detail: change.detail.clone(),
        };
        let event = Event {
            at: now,
            kind: KIND.to_owned(),
            severity: Severity::Critical,
            name: Some(name.clone()),
            version: Some(version),
            detail: change.detail,
        };
        Ok(vec![
            Write::Event(event),
            Write::Webhook(WebhookChange::News(news)),
        ])
    }

    fn forget_renderings(&self, name: &PackageName) {
        for form in [Form::Full, Form::Abbreviated] {
            for encoding in Encoding::ALL {
                let name = name.clone();
                self.rendered.invalidate(&View {
                    name,
                    form,
                    encoding,
                });
            }
        }
    }

    /// Has a document packed and written, and stands in for the database until it is.
    fn write_soon(self: &Arc<Self>, loaded: Arc<Loaded>, row: PackageRow, mut writes: Vec<Write>) {
        let name = loaded.listing.name.clone();
        let (writing, written) = watch::channel(());
        let unwritten = Unwritten {
            loaded: Arc::clone(&loaded),
            written,
        };
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.clone(), unwritten);
        let mirror = Arc::clone(self);
        tokio::spawn(async move {
            let document = Arc::clone(&loaded);
            let packed = mirror
                .heavy(move || lazaret_store::pack(document.packument.body()))
                .await;
            match packed {
                Ok(Ok(packed)) => writes.push(Write::Package(PackageRow {
                    document: Some(packed),
                    ..row
                })),
                Ok(Err(error)) => tracing::error!(%name, %error, "a document could not be packed"),
                Err(_) => {}
            }
            if let Err(error) = mirror.store.write(writes).await {
                tracing::error!(%name, %error, "a package document could not be kept");
            }
            mirror.queued.notify_one();
            let mut unwritten = mirror
                .unwritten
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if unwritten
                .get(&name)
                .is_some_and(|known| Arc::ptr_eq(&known.loaded, &loaded))
            {
                unwritten.remove(&name);
            }
            drop(writing);
        });
    }

    /// Waits until the last document of a package is on disk, so that nothing is handed out that a crash would forget.
    pub(crate) async fn written(&self, name: &PackageName) {
        let written = self
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .map(|unwritten| unwritten.written.clone());
        if let Some(mut written) = written {
            while written.changed().await.is_ok() {}
        }
    }
}

/// The versions that these writes tell of.
fn appeared(writes: &[Write]) -> BTreeSet<String> {
    let version = |write: &Write| match write {
        Write::Appeared { version, .. } => Some(version.clone()),
        _ => None,
    };
    writes.iter().filter_map(version).collect()
}

pub(crate) fn unpack(row: &PackageRow) -> Result<Packument, Problem> {
    let packed = row.document.as_deref().unwrap_or_default();
    let body = lazaret_store::unpack(packed, row.document_len).map_err(broken_store)?;
    Packument::parse(&row.name, body.into()).map_err(broken_store)
}

/// The store failed: logged here, once, and told to the client without details.
pub(crate) fn broken_store(error: impl std::fmt::Display) -> Problem {
    // `#`: with its causes, such as a full disk.
    tracing::error!(error = format!("{error:#}"), "the store failed");
    Problem::internal()
}
