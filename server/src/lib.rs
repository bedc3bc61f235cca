//! What we serve: the npm API in front of an upstream, and the pages that explain it.
//!
//! [`Server::start`] is the way in; [`routes`] lists every address; [`mirror`] keeps what was fetched and judged.

mod access;
mod api;
mod app;
mod body;
mod deciding;
mod downloads;
mod encoding;
mod incidents;
mod inventories;
mod jobs;
mod listen;
mod metrics;
mod mirror;
mod npm;
mod pages;
mod problem;
mod replaying;
mod routes;
mod scrub;
mod web;
mod webhooks;
mod who_has;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_policy::{AdvisoryIndex, Policy};
use lazaret_store::Store;
use lazaret_upstream::Registry;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use access::Access;
use app::{App, Doors};
use downloads::Downloads;
use incidents::Incidents;
use metrics::Metrics;
use mirror::{Mirror, Rulebook};
use npm::Passing;
use webhooks::Webhooks;

pub use access::PeopleSettings;
pub use jobs::watch::WatchSettings;
pub use webhooks::{WEBHOOK_EVENTS, Webhook, WebhookFormat};

pub use mirror::{CacheSettings, Inspecting, InspectionSettings};

/// How often counted downloads are written.
const FLUSH: Duration = Duration::from_millis(250);

/// What a server is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// How clients reach it, e.g. `https://npm.example.com`; by default the address it listens on.
    pub public_url: Option<String>,
    /// What is kept in memory, and for how long.
    pub cache: CacheSettings,
    /// Whether what is served is inspected first.
    pub inspection: Inspecting,
    /// How people log in and decide.
    pub people: PeopleSettings,
    /// Who is told what.
    pub webhooks: Vec<Webhook>,
    /// What it looks at by itself.
    pub watch: WatchSettings,
}

/// A running mirror.
pub struct Server {
    addr: SocketAddr,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
}

impl Server {
    /// Listens and serves until [`Self::stop`].
    pub async fn start(
        settings: Settings,
        store: Store,
        registry: Registry,
        policy: Policy,
        advisories: AdvisoryIndex,
    ) -> Result<Self> {
        let listener = listen::bind(settings.listen)
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        let addr = listener.local_addr()?;
        let public_url = settings
            .public_url
            .unwrap_or_else(|| format!("http://{addr}"));
        let metrics = Arc::new(Metrics::new());
        let rulebook = Rulebook {
            policy: Arc::new(settings.inspection.in_force(policy)),
            advisories: Arc::new(advisories),
            reviews: Arc::default(),
            generation: 1,
        };
        metrics.rules(&rulebook);
        let mirror = Arc::new(Mirror::new(
            registry,
            store,
            rulebook,
            Arc::clone(&metrics),
            public_url.trim_end_matches('/').to_owned(),
            settings.cache,
            settings.inspection,
        ));
        let access = Access::new(mirror.store.clone(), settings.people, &mirror.public_url).await?;
        mirror.queue.knows(mirror.store.db.held_names().await?);
        let app = Arc::new(App {
            mirror,
            metrics,
            access,
            downloads: Downloads::default(),
            incidents: Incidents::default(),
            webhooks: Webhooks {
                all: settings.webhooks,
                ..Webhooks::default()
            },
            deciding: Mutex::default(),
            replaying: Mutex::default(),
            passing: Passing::default(),
            stopping: AtomicBool::new(false),
            counting: Mutex::default(),
        });
        app.mirror.bursts.begin(settings.watch.burst);
        app.load_reviews().await?;
        app.load_incidents().await?;
        let (stop, stopped) = watch::channel(false);
        let doors = Doors::new(Arc::clone(&app));
        let accepting = tokio::spawn(listen::accept(listener, doors, stopped));
        let mut background = vec![
            tokio::spawn(flush(Arc::clone(&app))),
            tokio::spawn(scrub::run(Arc::clone(&app.mirror))),
            tokio::spawn(downloads::keep(Arc::clone(&app))),
        ];
        if !app.mirror.inspection.is_off() {
            app.mirror.blocked.read(&app.mirror.store.db).await?;
            let inspecting = jobs::inspections::run(Arc::clone(&app.mirror));
            background.push(tokio::spawn(inspecting));
        }
        background.push(tokio::spawn(jobs::recall::run(Arc::clone(&app))));
        background.push(tokio::spawn(jobs::webhooks::run(Arc::clone(&app))));
        if settings.watch.budget > 0 {
            let watching = jobs::watch::run(Arc::clone(&app), settings.watch);
            background.push(tokio::spawn(watching));
        }
        Ok(Self {
            addr,
            app,
            stop,
            accepting,
            background,
        })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// How clients reach it, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.app.mirror.public_url
    }

    /// A link that makes whoever opens it the first admin; `None` if there is one. A further call makes another link.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setup_link(&self) -> Result<Option<String>> {
        let url = &self.app.mirror.public_url;
        self.app.access.setup_link(url).await
    }

    /// Puts a new policy in force: the next answer of every package follows it.
    pub async fn set_policy(&self, policy: Policy) {
        // What was served before the policy gets stricter stays listed, so it has to be known first.
        self.app.write_downloads().await;
        let policy = Arc::new(self.app.mirror.inspection.in_force(policy));
        self.app
            .mirror
            .change_rules(|old| (Arc::clone(&policy), Arc::clone(&old.advisories)));
        self.app.metrics.rules(&self.app.mirror.rulebook.load());
    }

    /// Puts new advisories in force: the next answer of every package follows them.
    pub async fn set_advisories(&self, advisories: AdvisoryIndex) {
        self.app.write_downloads().await;
        let advisories = Arc::new(advisories);
        self.app
            .mirror
            .change_rules(|old| (Arc::clone(&old.policy), Arc::clone(&advisories)));
        self.app.metrics.rules(&self.app.mirror.rulebook.load());
    }

    /// Stops accepting, lets running requests finish for `grace`, and writes what is counted. The store stays open.
    pub async fn stop(self, grace: Duration) {
        self.app.stopping.store(true, Ordering::Relaxed);
        let _ = self.stop.send(true);
        let abort = self.accepting.abort_handle();
        if tokio::time::timeout(grace, self.accepting).await.is_err() {
            tracing::warn!("some requests did not finish in time and were cut off");
            abort.abort();
        }
        for task in self.background {
            task.abort();
        }
        self.app.write_downloads().await;
        self.app.write_noted().await;
    }
}

impl App {
    async fn write_downloads(&self) {
        // One after the other: when this is over, every download before it is on disk.
        let _counting = self.counting.lock().await;
        let writes = self.mirror.served.take(Timestamp::now());
        if writes.is_empty() {
            return;
        }
        let in_use = self.mirror.newly_in_use(&writes).await;
        match self.mirror.store.write(writes).await {
            Ok(()) => in_use.iter().for_each(|name| self.mirror.reconsider(name)),
            Err(error) => tracing::error!(%error, "downloads could not be counted"),
        }
    }
}

/// Writes counted downloads for ever.
async fn flush(app: Arc<App>) {
    let mut ticks = tokio::time::interval(FLUSH);
    loop {
        ticks.tick().await;
        app.write_downloads().await;
    }
}
