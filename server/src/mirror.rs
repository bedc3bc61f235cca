//! The upstream and what is kept of it: documents judged and rendered once, tarballs verified once.

mod afterwards;
mod bursts;
mod flight;
mod inspecting;
mod judging;
mod listing;
mod packuments;
mod queue;
mod rendered;
mod served;
mod standing;
mod tarballs;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::packument::Form;
use lazaret_policy::{AdvisoryIndex, Inspected, Policy, Reviews};
use lazaret_store::Store;
use lazaret_upstream::Registry;
use moka::sync::Cache;
use tokio::sync::{Notify, Semaphore};

use crate::encoding::Encoding;
use crate::metrics::Metrics;
use crate::problem::Problem;

use bursts::Bursts;
pub(crate) use bursts::Looked;
use flight::Flights;
pub(crate) use inspecting::{Asker, Brought};
use inspecting::{Blocked, Room};
pub use inspecting::{Inspecting, InspectionSettings};
pub(crate) use judging::held;
pub(crate) use listing::{Judged, Listing};
use packuments::Unwritten;
pub(crate) use packuments::{Loaded, broken_store, unpack};
use queue::Queue;
pub(crate) use rendered::Rendered;
pub(crate) use served::Served;
use standing::Standing;
pub(crate) use tarballs::Approved;

/// How the mirror keeps what it fetched.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// How long a package document counts as fresh after the upstream confirmed it.
    pub fresh_for: Duration,
    /// How long past that it is served at once while it is confirmed in the background.
    pub revalidate_within: Duration,
    /// Most bytes of rendered package documents kept in memory.
    pub documents: u64,
    /// Most bytes of small tarballs kept in memory.
    pub tarballs: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            fresh_for: Duration::from_secs(300),
            revalidate_within: Duration::from_secs(3600),
            documents: 256 << 20,
            tarballs: 64 << 20,
        }
    }
}

/// What verdicts depend on, replaced as a whole while requests run.
pub(crate) struct Rulebook {
    pub(crate) policy: Arc<Policy>,
    pub(crate) advisories: Arc<AdvisoryIndex>,
    pub(crate) reviews: Arc<Reviews>,
    pub(crate) generation: u64,
}

type Answer<T> = Result<Arc<T>, Problem>;

/// Whether a document may be served without asking the upstream.
enum Freshness {
    Fresh,
    /// It may, and is confirmed meanwhile.
    Overdue,
    Old,
}

/// Which rendering of which package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct View {
    pub(crate) name: PackageName,
    pub(crate) form: Form,
    pub(crate) encoding: Encoding,
}

/// A tarball's name and version, as asked for.
pub(crate) type TarballKey = (PackageName, Box<str>);

pub(crate) struct Mirror {
    pub(crate) registry: Registry,
    pub(crate) store: Store,
    pub(crate) rulebook: ArcSwap<Rulebook>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) served: Served,
    pub(crate) queue: Queue,
    /// Without a slash at the end.
    pub(crate) public_url: String,
    settings: CacheSettings,
    listings: Cache<PackageName, Arc<Listing>>,
    rendered: Cache<View, Arc<Rendered>>,
    approved: Cache<TarballKey, Arc<Approved>>,
    /// Documents whose row is being written: the database does not know them yet.
    unwritten: Mutex<HashMap<PackageName, Unwritten>>,
    loads: Flights<PackageName, Loaded>,
    refreshes: Flights<PackageName, Loaded>,
    renders: Flights<View, Rendered>,
    approvals: Flights<TarballKey, Approved>,
    pub(crate) inspection: Inspecting,
    inspections: Flights<TarballKey, Inspected>,
    /// Documents that came in a moment ago: their versions are about to be inspected.
    recent: Cache<PackageName, Arc<Loaded>>,
    pub(crate) room: Room,
    pub(crate) blocked: Blocked,
    pub(crate) bursts: Bursts,
    /// Another policy, advisories or reviews are in force, or an inspection found what blocks.
    pub(crate) rules_changed: Notify,
    /// Something was put into the queue of inspections.
    pub(crate) queued: Notify,
    /// Parsing, judging and packing of large documents: no more at once than there are cores.
    heavy: Arc<Semaphore>,
}

impl Mirror {
    pub(crate) fn new(
        registry: Registry,
        store: Store,
        rulebook: Rulebook,
        metrics: Arc<Metrics>,
        public_url: String,
        settings: CacheSettings,
        inspection: Inspecting,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            registry,
            store,
            rulebook: ArcSwap::from_pointee(rulebook),
            metrics,
            served: Served::default(),
            queue: Queue::default(),
            public_url,
            listings: Cache::builder()
                .weigher(|_, listing: &Arc<Listing>| listing.weight())
                .max_capacity(64 << 20)
                .build(),
            rendered: Cache::builder()
                .weigher(|_, rendered: &Arc<Rendered>| rendered.weight())
                .max_capacity(settings.documents)
                .build(),
            approved: Cache::builder()
                .weigher(|_, approved: &Arc<Approved>| approved.weight())
                .max_capacity(settings.tarballs)
                .build(),
            settings,
            unwritten: Mutex::default(),
            loads: Flights::default(),
            refreshes: Flights::default(),
            renders: Flights::default(),
            approvals: Flights::default(),
            room: Room::new(match &inspection {
                Inspecting::Off => 1,
                Inspecting::On(settings) => settings.workers,
            }),
            inspection,
            inspections: Flights::default(),
            blocked: Blocked::default(),
            bursts: Bursts::default(),
            recent: Cache::builder()
                .weigher(|_, loaded: &Arc<Loaded>| {
                    u32::try_from(loaded.packument.body().len()).unwrap_or(u32::MAX)
                })
                .max_capacity(32 << 20)
                .time_to_live(Duration::from_secs(30))
                .build(),
            rules_changed: Notify::new(),
            queued: Notify::new(),
            heavy: Arc::new(Semaphore::new(cores)),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.rulebook.load().generation
    }

    /// Puts a new policy or new advisories in force; whatever was rendered or approved before is judged again.
    pub(crate) fn change_rules(
        &self,
        change: impl Fn(&Rulebook) -> (Arc<Policy>, Arc<AdvisoryIndex>),
    ) {
        self.rulebook.rcu(|old| {
            let (policy, advisories) = change(old);
            Rulebook {
                policy,
                advisories,
                reviews: Arc::clone(&old.reviews),
                generation: old.generation + 1,
            }
        });
        self.rules_changed.notify_one();
    }

    /// Puts people's decisions in force, as [`Self::change_rules`] does with a policy.
    pub(crate) fn change_reviews(&self, reviews: &Arc<Reviews>) {
        self.rulebook.rcu(|old| Rulebook {
            policy: Arc::clone(&old.policy),
            advisories: Arc::clone(&old.advisories),
            reviews: Arc::clone(reviews),
            generation: old.generation + 1,
        });
        self.rules_changed.notify_one();
    }

    /// Runs CPU work on a blocking thread, no more of it at once than there are cores.
    pub(crate) async fn heavy<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(permit) = Arc::clone(&self.heavy).acquire_owned().await else {
            return Err(Problem::internal());
        };
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| {
            tracing::error!(%error, "a task failed");
            Problem::internal()
        })
    }

    /// What a run answers by the rules in force once it is here: they may change while the upstream is asked.
    async fn by_rules_in_force<K, T, F>(
        self: &Arc<Self>,
        flights: &Flights<K, T>,
        key: &K,
        start: impl Fn(Arc<Self>, K) -> F,
        standing: impl Fn(&T) -> Standing,
    ) -> Answer<T>
    where
        K: Eq + Hash + Clone + Send + 'static,
        T: Send + Sync + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        loop {
            let answer = flights
                .join(key.clone(), || start(Arc::clone(self), key.clone()))
                .await?;
            if standing(&answer).is_by(self.generation()) {
                return Ok(answer);
            }
        }
    }

    /// How a document stands that the upstream should have confirmed `overdue` milliseconds ago.
    fn freshness(&self, overdue: i64) -> Freshness {
        let within = i64::try_from(self.settings.revalidate_within.as_millis());
        match overdue {
            ..=0 => Freshness::Fresh,
            overdue if overdue <= within.unwrap_or(i64::MAX) => Freshness::Overdue,
            _ => Freshness::Old,
        }
    }

    /// How long ago the upstream confirmed a listing.
    fn confirmed_ago(&self, listing: &Listing) -> Duration {
        let overdue = listing.overdue(Timestamp::now());
        let fresh_for = i64::try_from(self.settings.fresh_for.as_millis()).unwrap_or(i64::MAX);
        let ago = fresh_for.saturating_add(overdue);
        Duration::from_millis(u64::try_from(ago).unwrap_or(0))
    }

    fn fresh_until(&self, confirmed: Timestamp) -> Timestamp {
        confirmed
            .checked_add(self.settings.fresh_for)
            .unwrap_or(Timestamp::MAX)
    }
}
