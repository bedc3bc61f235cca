//! `lazaret serve`: the mirror, until it is asked to stop.

mod feed;
mod knowledge;
mod rules;
mod stop;
mod watched;

use super::advisories::Export;
use crate::config::flags::All;
use crate::config::{Config, Flags, InspectionMode};
use crate::exit::{Ending, Exit, Failure};
use crate::logging;
use crate::output;
use crate::surroundings::Surroundings;
use crate::upstream_registry::{self, Found};
use clap::Args;
use knowledge::Knowledge;
use lazaret_inspector::Inspector;
use lazaret_server::{
    CacheSettings, Inspecting, InspectionSettings, PeopleSettings, Server, Settings, WatchSettings,
};
use lazaret_store::Store;
use lazaret_upstream::Registry;
use rules::Rules;
use std::sync::Arc;
use std::time::Duration;
use stop::Stop;

/// How long running requests may take to finish once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

const MEBIBYTE: u64 = 1 << 20;

/// Serve the mirror: a verified, judged npm in front of every client.
///
/// Needs no arguments: it asks the registry that npm is configured with and keeps its data where the platform keeps such things.
/// A changed lazaret.toml and new advisories are noticed within a second.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags<All>,
}

impl Serve {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let rules = Rules::load(self.flags, surroundings.clone())?;
        logging::start(&rules.loaded.config.server);
        rules.warn_of_expired();
        let upstream = upstream_registry::find(&rules.loaded, &surroundings)?;
        let runtime = super::runtime()?;
        let ending = runtime.block_on(serve(rules, upstream));
        // A sync that is at work may be left: it replaces the index in one step or not at all.
        runtime.shutdown_background();
        ending
    }
}

async fn serve(mut rules: Rules, upstream: Found) -> Ending {
    let mut stop = Stop::new()?;
    let wrong_use = |error| Failure::new(Exit::WrongUse, error);
    let config = rules.loaded.config.clone();
    let data = rules.loaded.data()?;
    let registry = Registry::new(upstream.settings(&config)?)
        .map_err(|error| Failure::new(Exit::WrongUse, error))?;
    let export = Export::new(&config, &data)?;
    let store = Store::open(&data, None).await?;
    let lock = store.lock().map_err(wrong_use)?;
    let mut knowledge = Knowledge::read(&data)?;
    let (policy, advisories) = (config.policy.clone(), knowledge.index.clone());
    let server = Server::start(
        Settings {
            webhooks: rules.webhooks()?,
            ..settings(&config)?
        },
        store.clone(),
        registry,
        policy,
        advisories,
    )
    .await
    .map_err(|error| {
        wrong_use(anyhow::anyhow!(
            "{error:#}; is another lazaret running? --listen takes another port"
        ))
    })?;
    announce(&server, &upstream);
    if let Some(link) = server.setup_link().await? {
        output::result(&format!("make the first admin's account, once:  {link}\n"));
    }
    let every = Duration::from_secs(config.advisories.sync_every);
    let feed = export.map(|export| tokio::spawn(feed::keep_synced(Arc::new(export), every)));
    let mut ticks = tokio::time::interval(watched::EVERY);
    loop {
        tokio::select! {
            () = stop.asked() => break,
            _ = ticks.tick() => {
                rules.look(&server, &store).await;
                knowledge.look(&server, &store).await;
            }
        }
    }
    tracing::info!(
        "stopping: running requests have {} seconds to finish",
        GRACE.as_secs()
    );
    if let Some(feed) = feed {
        feed.abort();
    }
    let finish = async {
        server.stop(GRACE).await;
        store.close().await;
    };
    tokio::select! {
        () = finish => {}
        () = stop.asked() => tracing::warn!("asked twice: stopping at once"),
    }
    drop(lock);
    Ok(Exit::Clean)
}

fn settings(config: &Config) -> anyhow::Result<Settings> {
    Ok(Settings {
        listen: config.server.listen,
        public_url: config.server.public_url.as_ref().map(ToString::to_string),
        cache: CacheSettings {
            fresh_for: Duration::from_secs(config.cache.fresh_for),
            revalidate_within: Duration::from_secs(config.cache.revalidate_within),
            documents: config.cache.memory * MEBIBYTE,
            tarballs: config.cache.tarball_memory * MEBIBYTE,
        },
        inspection: inspecting(config)?,
        people: PeopleSettings {
            approvals: config.people.approvals,
            session: Duration::from_secs(config.people.session * 3600),
            keep_downloads: Duration::from_secs(config.people.keep_downloads * 24 * 3600),
            behind_proxy: config.people.behind_proxy,
        },
        webhooks: Vec::new(),
        watch: WatchSettings {
            interval: Duration::from_secs(60 * config.watch.interval.unsigned_abs()),
            budget: config.watch.budget,
            burst: super::watch::burst_rule(config),
        },
    })
}

fn inspecting(config: &Config) -> anyhow::Result<Inspecting> {
    let inspection = &config.inspection;
    if inspection.mode == InspectionMode::Off {
        tracing::warn!("inspection is off: what packages do is not looked at");
        return Ok(Inspecting::Off);
    }
    let workers = inspection.workers();
    let limit = Duration::from_secs(inspection.limit);
    Ok(Inspecting::On(InspectionSettings {
        inspector: Arc::new(Inspector::polite(workers + 1, limit)?),
        workers,
        enforce: inspection.mode == InspectionMode::Enforce,
        hold: Duration::from_secs(inspection.hold),
    }))
}

/// Says where it listens, then what to type next.
fn announce(server: &Server, upstream: &Found) {
    let registry = server.public_url();
    output::result(&format!(
        "lazaret listens on http://{}\n\
         packages come from {} ({})\n\
         point npm at it, in a project:  npm config set registry {registry}/ --location=project\n",
        server.addr(),
        output::escaped(upstream.url.as_str()),
        output::escaped(&upstream.source),
    ));
    if server.addr().ip().is_unspecified() && registry == format!("http://{}", server.addr()) {
        tracing::warn!(
            "clients of other machines are told to fetch from {registry}, which they cannot: say --public-url http://NAME:{}",
            server.addr().port()
        );
    }
}
