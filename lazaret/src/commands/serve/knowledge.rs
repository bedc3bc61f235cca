//! The advisory index while the server runs: whoever replaces the file, its verdicts hold within a second.

use super::rules::record;
use super::watched::{Watched, look};
use crate::advisory_index;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_server::Server;
use lazaret_store::Store;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often an old or empty index is mentioned.
const REMIND_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The file and the index in force.
pub(super) struct Knowledge {
    data: PathBuf,
    watched: Watched,
    pub(super) index: AdvisoryIndex,
    reminded: Option<Instant>,
}

impl Knowledge {
    /// Reads the index and watches its file from then on; without a file there are no advisories.
    ///
    /// # Errors
    /// When the file is there but cannot be read: serving without it would pass for "nothing known".
    pub(super) fn read(data: &Path) -> anyhow::Result<Self> {
        let watched = Watched::new(look(Some(&advisory_index::path(data))));
        let index = advisory_index::read(data)?.unwrap_or_else(AdvisoryIndex::empty);
        Ok(Self {
            data: data.to_owned(),
            watched,
            index,
            reminded: None,
        })
    }

    /// Takes a changed index over, if it is whole.
    pub(super) async fn look(&mut self, server: &Server, store: &Store) {
        if self
            .watched
            .is_new(look(Some(&advisory_index::path(&self.data))))
        {
            let data = self.data.clone();
            match tokio::task::spawn_blocking(move || advisory_index::read(&data)).await {
                Ok(Ok(Some(index))) => self.take(index, server, store).await,
                Ok(Ok(None)) => {
                    tracing::error!("the advisory index is gone; what was known stays in force")
                }
                Ok(Err(error)) => tracing::error!("{error:#}; what was known stays in force"),
                Err(error) => tracing::error!(%error, "the advisory index could not be read"),
            }
        }
        self.remind();
    }

    async fn take(&mut self, index: AdvisoryIndex, server: &Server, store: &Store) {
        let counts = index.counts();
        self.index = index.clone();
        self.reminded = None;
        server.set_advisories(index).await;
        tracing::info!(
            rows = counts.rows,
            malicious = counts.malicious,
            "new advisories are in force"
        );
        let detail = serde_json::json!({ "rows": counts.rows, "malicious": counts.malicious });
        record(store, "advisories-updated", &detail).await;
    }

    fn remind(&mut self) {
        if self
            .reminded
            .is_some_and(|when| when.elapsed() < REMIND_EVERY)
        {
            return;
        }
        self.reminded = Some(Instant::now());
        if let Some(complaint) = advisory_index::complaint(Some(&self.index), Timestamp::now()) {
            tracing::warn!("{complaint}");
        }
    }
}
