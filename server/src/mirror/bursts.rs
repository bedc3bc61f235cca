//! What appeared in the last day, and the bursts among it: several packages of one publisher or scope within minutes. In
//! memory: a restart forgets it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::PackageName;
use lazaret_npm::packument::{Entry, Packument};
use lazaret_policy::burst::{EARLIER, Found, Publication, Rule, bursts, publisher, scope};
use lazaret_store::{Event, News, Severity, WebhookChange, Write};
use serde_json::json;
use tokio::sync::Notify;

use super::Mirror;

/// The event.
const KIND: &str = "burst";

/// How long a publication takes part after it was seen, and how many do.
const RECENT: SignedDuration = SignedDuration::from_hours(24);
const MOST: usize = 5_000;

/// Versions of one document that take part, the newest first.
const MOST_OF_ONE: usize = 10;

/// Packages that a message names.
const NAMED: usize = 100;

#[derive(Default)]
pub(crate) struct Bursts {
    rule: OnceLock<Rule>,
    inner: Mutex<Inner>,
    /// Something appeared: what else the same people publish should be looked at.
    pub(crate) appeared: Notify,
}

#[derive(Default)]
struct Inner {
    recent: Vec<Publication>,
    /// What was told, by publisher or scope, and when.
    told: BTreeMap<String, (BTreeSet<String>, Timestamp)>,
    /// Who published something since somebody asked.
    active: Active,
}

/// Whose packages should be looked at.
#[derive(Default)]
pub(crate) struct Active {
    publishers: BTreeSet<String>,
    scopes: BTreeSet<String>,
}

impl Active {
    /// Whether a package is theirs.
    pub(crate) fn owns(&self, name: &PackageName, publisher: Option<&str>) -> bool {
        publisher.is_some_and(|publisher| self.publishers.contains(publisher))
            || scope(name.as_str()).is_some_and(|scope| self.scopes.contains(scope))
    }
}

impl Bursts {
    /// When a burst is one; before this there is none.
    pub(crate) fn begin(&self, rule: Rule) {
        let _ = self.rule.set(rule);
    }

    /// Whose packages appeared since the last time.
    pub(crate) fn take_active(&self) -> Active {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut inner.active)
    }

    /// Takes in the versions that a document newly lists; gives what is to be written if that makes a burst.
    pub(super) fn take(
        &self,
        packument: &Packument,
        appeared: &BTreeSet<String>,
        now: Timestamp,
    ) -> Vec<Write> {
        let Some(rule) = self.rule.get().filter(|_| !appeared.is_empty()) else {
            return Vec::new();
        };
        let publications = publications(packument, appeared, now);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for one in &publications {
            inner.active.publishers.extend(one.publisher.clone());
            inner
                .active
                .scopes
                .extend(scope(&one.package).map(str::to_owned));
        }
        inner.recent.extend(publications);
        let is_recent = |at: Timestamp| now.duration_since(at) <= RECENT;
        inner.recent.retain(|one| is_recent(one.seen));
        let more = inner.recent.len().saturating_sub(MOST);
        inner.recent.drain(..more);
        inner.told.retain(|_, (_, at)| is_recent(*at));
        let found = bursts(&inner.recent, *rule);
        let mut writes = Vec::new();
        for burst in found.into_iter().filter(|burst| !burst.is_habit) {
            writes.extend(inner.tell(&burst, *rule, now));
        }
        drop(inner);
        self.appeared.notify_one();
        writes
    }
}

impl Inner {
    /// What is to be written of a burst: nothing if it was told and did not grow by as much as makes one.
    fn tell(&mut self, burst: &Found, rule: Rule, now: Timestamp) -> Vec<Write> {
        let members = || burst.members.iter().map(|index| &self.recent[*index]);
        let ids: BTreeSet<String> = members()
            .map(|one| format!("{}@{}", one.package, one.version))
            .collect();
        let key = format!("{:?} {}", burst.by, burst.who);
        if let Some((told, _)) = self.told.get(&key)
            && ids.difference(told).count() < rule.packages
        {
            return Vec::new();
        }
        let named: Vec<&String> = ids.iter().take(NAMED).collect();
        let detail = json!({
            "by": burst.by,
            "who": burst.who,
            "first": members().map(|one| one.published).min(),
            "last": members().map(|one| one.published).max(),
            "packages": named,
            "more": ids.len() - named.len(),
        })
        .to_string();
        tracing::warn!(
            who = burst.who,
            packages = ids.len(),
            event = KIND,
            "several packages appeared within minutes"
        );
        self.told.insert(key, (ids, now));
        let event = Event {
            at: now,
            kind: KIND.to_owned(),
            severity: Severity::Critical,
            name: None,
            version: None,
            detail: detail.clone(),
        };
        let news = News {
            at: now,
            kind: KIND.to_owned(),
            name: None,
            version: None,
            detail,
        };
        vec![
            Write::Event(event),
            Write::Webhook(WebhookChange::News(news)),
        ]
    }
}

fn publications(
    packument: &Packument,
    appeared: &BTreeSet<String>,
    now: Timestamp,
) -> Vec<Publication> {
    let mut entries: Vec<(&Entry, Timestamp)> = packument
        .entries()
        .iter()
        .filter_map(|entry| Some((entry, entry.published()?)))
        .collect();
    entries.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let who = |entry: &Entry| publisher(packument.manifest(entry));
    let new = entries
        .iter()
        .enumerate()
        .filter(|(_, (entry, _))| appeared.contains(entry.version()));
    let new = new.take(MOST_OF_ONE).map(|(place, (entry, at))| {
        let earlier = entries[place + 1..].iter().take(EARLIER);
        Publication {
            package: packument.name().to_string(),
            version: entry.version().to_owned(),
            published: *at,
            publisher: who(entry),
            earlier: earlier.map(|(entry, at)| (*at, who(entry))).collect(),
            seen: now,
        }
    });
    new.collect()
}

/// What came of looking at a package.
pub(crate) enum Looked {
    /// The upstream was asked; who published the newest version.
    Asked(Option<String>),
    /// It was asked a moment ago, or is not to be asked.
    Skipped,
    Failed,
}

impl Mirror {
    /// Asks the upstream about a package, unless somebody just did.
    pub(crate) async fn look_at(self: &Arc<Self>, name: &PackageName) -> Looked {
        let is_fresh = self
            .listings
            .get(name)
            .is_some_and(|listing| listing.overdue(Timestamp::now()) < 0 && !listing.is_stale());
        if is_fresh || self.refuse_internal(name).is_err() {
            return Looked::Skipped;
        }
        match self.refreshed(name.clone()).await {
            Ok(loaded) if loaded.listing.is_stale() => Looked::Failed,
            Ok(loaded) => {
                let entries = loaded.packument.entries().iter();
                let newest = entries.max_by_key(|entry| entry.published());
                let manifest = newest.map(|entry| loaded.packument.manifest(entry));
                Looked::Asked(manifest.and_then(publisher))
            }
            Err(problem) if problem.status() == StatusCode::NOT_FOUND => Looked::Asked(None),
            Err(_) => Looked::Failed,
        }
    }
}
