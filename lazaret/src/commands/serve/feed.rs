//! The feed of advisories on a schedule. It only replaces the index file; `knowledge.rs` notices.

use crate::commands::advisories::Export;
use indicatif::ProgressBar;
use std::sync::Arc;
use std::time::Duration;

/// Syncs at once and then for ever, `every` so often.
pub(super) async fn keep_synced(export: Arc<Export>, every: Duration) {
    loop {
        match sync(&export).await {
            Ok(None) => tracing::debug!("the feed of advisories has not changed"),
            Ok(Some(bad @ 1..)) => {
                tracing::error!("{bad} records of the feed of advisories could not be read")
            }
            Ok(Some(0)) => tracing::info!("the feed of advisories was taken over"),
            Err(error) => tracing::error!("the advisories could not be synced: {error:#}"),
        }
        tokio::time::sleep(every).await;
    }
}

/// How many records could not be read; `None` if the feed has not changed.
async fn sync(export: &Arc<Export>) -> anyhow::Result<Option<u64>> {
    let Some(fetched) = export.fetch(&ProgressBar::hidden()).await? else {
        return Ok(None);
    };
    let export = Arc::clone(export);
    // On one processor: the others go on serving.
    let take = move || export.take(&fetched, false, 1, &ProgressBar::hidden());
    let taken = tokio::task::spawn_blocking(take).await??;
    if let Some(damage) = &taken.damage {
        tracing::error!("{damage}");
    }
    Ok(Some(taken.bad()))
}
