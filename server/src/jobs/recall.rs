//! Looks for versions that were handed out and are blocked now: at the start, whenever the rules or what is known
//! changed, and from time to time, because waivers end by themselves.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// How often it looks when nothing changed.
const EVERY: Duration = Duration::from_secs(600);

/// How soon it looks again after a change: what was on its way then is on record by then.
const AGAIN: Duration = Duration::from_secs(20);

/// Looks for ever.
pub(crate) async fn run(app: Arc<App>) {
    let mut wait = AGAIN;
    loop {
        if let Err(error) = app.look_for_recalls().await {
            tracing::error!(
                error = format!("{error:#}"),
                "served versions could not be judged again"
            );
        }
        let changed = app.mirror.rules_changed.notified();
        wait = match tokio::time::timeout(wait, changed).await {
            Ok(()) => AGAIN,
            Err(_) => EVERY,
        };
    }
}
