//! The scrub: everything kept is read again, slowly, and what is no longer itself is taken out of service.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lazaret_store::{ContentRow, Event, Severity, Write};

use crate::mirror::Mirror;

/// Bytes read per second, so that a disk under load is not disturbed: 100 GB in four hours.
const RATE: u64 = 8 << 20;

/// How old a check may get before it is repeated.
const EVERY: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How long to rest when everything was checked lately.
const REST: Duration = Duration::from_secs(600);

/// Contents looked up at once.
const PAGE: u32 = 32;

/// Scrubs for ever.
pub(crate) async fn run(mirror: Arc<Mirror>) {
    loop {
        let due = match mirror.store.db.stalest_content(PAGE).await {
            Ok(rows) => due(rows),
            Err(error) => {
                tracing::error!(%error, "the scrub cannot read what is kept");
                Vec::new()
            }
        };
        if due.is_empty() {
            tokio::time::sleep(REST).await;
        }
        for row in due {
            check(&mirror, &row).await;
            tokio::time::sleep(Duration::from_millis(row.size * 1000 / RATE)).await;
        }
    }
}

fn due(rows: Vec<ContentRow>) -> Vec<ContentRow> {
    let now = Timestamp::now();
    rows.into_iter()
        .filter(|row| now.duration_since(row.verified_at) > EVERY)
        .collect()
}

/// Reads one content and compares it with its address.
async fn check(mirror: &Mirror, row: &ContentRow) {
    let now = Timestamp::now();
    let digests = match mirror.store.blobs.digests(&row.sha512).await {
        Ok(digests) => digests,
        Err(error) => {
            tracing::error!(sha512 = row.sha512, %error, "a tarball cannot be read");
            return;
        }
    };
    let is_itself = digests
        .as_ref()
        .is_some_and(|digests| digests.sha512_hex() == row.sha512);
    let outcome = if is_itself {
        let verified = Write::Verified {
            sha512: row.sha512.clone(),
            at: now,
        };
        mirror
            .store
            .queue(vec![verified])
            .await
            .map_err(anyhow::Error::from)
    } else {
        take_out(mirror, row, digests.is_some(), now).await
    };
    if let Err(error) = outcome {
        tracing::error!(sha512 = row.sha512, %error, "the scrub could not record what it found");
    }
}

async fn take_out(
    mirror: &Mirror,
    row: &ContentRow,
    is_there: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let found = if is_there { "other bytes" } else { "no file" };
    tracing::error!(
        sha512 = row.sha512,
        found,
        event = "scrub-mismatch",
        "a kept tarball is damaged; it is fetched again when it is asked for"
    );
    mirror.store.quarantine(&row.sha512, now).await?;
    let event = Write::Event(Event {
        at: now,
        kind: "scrub-mismatch".to_owned(),
        severity: Severity::Critical,
        name: None,
        version: None,
        detail: serde_json::json!({ "sha512": row.sha512, "found": found }).to_string(),
    });
    mirror.store.queue(vec![event]).await?;
    Ok(())
}
