//! `lazaret.toml` while the server runs: a changed policy takes effect at once, a wrong file not at all.

use super::watched::{Watched, look};
use crate::config::flags::All;
use crate::config::{self, Flags, Loaded};
use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use jiff::Timestamp;
use lazaret_server::Server;
use lazaret_store::{Event, Severity, Store, Write};
use std::path::{Path, PathBuf};

/// The file and what is in force of it.
pub(super) struct Rules {
    flags: Flags<All>,
    surroundings: Surroundings,
    watched: Watched,
    pub(super) loaded: Loaded,
}

impl Rules {
    /// Loads the configuration and watches its file from then on.
    ///
    /// # Errors
    /// As [`config::load`].
    pub(super) fn load(flags: Flags<All>, surroundings: Surroundings) -> Result<Self, Failure> {
        let path = config::file::find(flags.config.as_deref(), &surroundings)?;
        let watched = Watched::new(look(path.as_deref()));
        let loaded = config::load(&flags, &surroundings)?;
        Ok(Self {
            flags,
            surroundings,
            watched,
            loaded,
        })
    }

    /// Exceptions outlive their reasons unless somebody says so.
    pub(super) fn warn_of_expired(&self) {
        for entry in self.loaded.config.policy.expired(Timestamp::now()) {
            let until = entry.until.map(ToString::to_string).unwrap_or_default();
            tracing::warn!(
                "the {} entry for {} ran out ({until}) and does nothing any more: take it out, or set a new date",
                entry.list,
                entry.package,
            );
        }
    }

    /// Who is told what.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn webhooks(&self) -> Result<Vec<lazaret_server::Webhook>, Failure> {
        let loaded = &self.loaded;
        let base = loaded.file.as_deref().and_then(Path::parent);
        let ca = loaded.config.upstream.extra_ca()?;
        config::webhooks::read(
            &loaded.config.webhooks,
            base.unwrap_or(&self.surroundings.directory),
            &self.surroundings,
            ca.as_deref(),
        )
        .map_err(|error| Failure::new(Exit::WrongUse, error))
    }

    /// Takes a changed file over, if it is right.
    pub(super) async fn look(&mut self, server: &Server, store: &Store) {
        let path = config::file::find(self.flags.config.as_deref(), &self.surroundings)
            .ok()
            .flatten();
        if !self.watched.is_new(look(path.as_deref())) {
            return;
        }
        match self.changed(path) {
            Ok(loaded) => self.take(loaded, server, store).await,
            Err(problem) => tracing::error!("{problem}; what was in force stays in force"),
        }
    }

    fn changed(&self, path: Option<PathBuf>) -> Result<Loaded, String> {
        let path = path.ok_or("the configuration file is gone")?;
        let file = config::read(&path).map_err(|problem| problem.one_line())?;
        config::merge(Some(file), &self.flags, &self.surroundings)
            .map_err(|failure| failure.to_string())
    }

    async fn take(&mut self, loaded: Loaded, server: &Server, store: &Store) {
        let mut later: Vec<&str> = self
            .loaded
            .settings
            .iter()
            .zip(&loaded.settings)
            .filter(|(old, new)| old.key.section() != "policy" && old.value != new.value)
            .map(|(old, _)| old.key.path)
            .collect();
        if self.loaded.config.webhooks != loaded.config.webhooks {
            later.push("webhooks");
        }
        if !later.is_empty() {
            tracing::warn!(
                "{} changed: it takes effect at the next start",
                later.join(", ")
            );
        }
        let old = std::mem::replace(&mut self.loaded, loaded);
        if old.config.policy != self.loaded.config.policy {
            server.set_policy(self.loaded.config.policy.clone()).await;
            tracing::info!("the policy has changed and is in force");
            self.warn_of_expired();
            record(
                store,
                "policy-reloaded",
                &serde_json::json!({ "file": self.loaded.file }),
            )
            .await;
        }
    }
}

/// Writes what happened into the audit log.
pub(super) async fn record(store: &Store, kind: &str, detail: &serde_json::Value) {
    let event = Event {
        at: Timestamp::now(),
        kind: kind.to_owned(),
        severity: Severity::Info,
        name: None,
        version: None,
        detail: detail.to_string(),
    };
    if let Err(error) = store.queue(vec![Write::Event(event)]).await {
        tracing::error!(%error, "the audit log could not be written");
    }
}
