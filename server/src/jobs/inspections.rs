//! Works off the queue of inspections, one at a time and only while no request waits for one: a version that leaves its
//! cooldown has its report already.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use lazaret_inspector::VERSION;
use lazaret_policy::Outcome;
use lazaret_store::{InspectionChange, QueuedInspection, Write};

use crate::mirror::{Asker, Mirror, TarballKey};
use crate::problem::Problem;

/// How often a version is tried; after that it is dead until somebody asks for it.
const TRIES: u32 = 5;

/// How long the first failure waits; each further one four times as long as the one before.
const BACKOFF: SignedDuration = SignedDuration::from_secs(30);

/// How long to rest when there is nothing to do and nobody puts anything in.
const REST: Duration = Duration::from_secs(5);

/// Inspects for ever.
pub(crate) async fn run(mirror: Arc<Mirror>) {
    let started = [
        InspectionChange::Resumed { most: TRIES },
        InspectionChange::Outdated {
            inspector: VERSION.to_owned(),
            at: Timestamp::now(),
        },
    ];
    write(&mirror, started.map(Write::Inspection).to_vec()).await;
    loop {
        mirror.room.quiet().await;
        let due = mirror.store.db.inspections_due(Timestamp::now(), 1).await;
        let next = due
            .map(|due| due.into_iter().next())
            .unwrap_or_else(|error| {
                tracing::error!(%error, "the queue of inspections cannot be read");
                None
            });
        let is_done = match next {
            Some(row) => work_on(&mirror, row).await,
            None => false,
        };
        if !is_done {
            let _ = tokio::time::timeout(REST, mirror.queued.notified()).await;
        }
    }
}

/// Whether it could be taken.
async fn work_on(mirror: &Arc<Mirror>, row: QueuedInspection) -> bool {
    let QueuedInspection { name, version, .. } = row.clone();
    let taken = InspectionChange::Taken { name, version };
    if !write(mirror, vec![Write::Inspection(taken)]).await {
        return false;
    }
    let key: TarballKey = (row.name.clone(), row.version.as_str().into());
    let outcome = match is_wanted(mirror, &key).await {
        Ok(true) => mirror.inspected(&key, Asker::Queue).await.map(|_| true),
        other => other,
    };
    let change = match outcome {
        // The inspection took it off the queue in the step that stored it.
        Ok(true) => return true,
        Ok(false) => dropped(&row),
        // It is gone, and nothing of it is here.
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => dropped(&row),
        Err(problem) => failed(&row, &problem),
    };
    write(mirror, vec![Write::Inspection(change)]).await
}

/// Whether it would be served if its behaviour were good: not what is blocked anyway.
async fn is_wanted(mirror: &Arc<Mirror>, key: &TarballKey) -> Result<bool, Problem> {
    let (name, version) = key;
    let listing = mirror.listing(name).await?;
    let Some(judged) = listing.version(version) else {
        // An older inspector saw it; its bytes are here.
        let known = mirror.store.db.inspection(name, version).await;
        return Ok(known.is_ok_and(|known| known.is_some()));
    };
    let outcome = judged.verdict.as_ref().map(|verdict| verdict.outcome);
    Ok(outcome != Some(Outcome::Block) || judged.was_inspected())
}

fn dropped(row: &QueuedInspection) -> InspectionChange {
    InspectionChange::Dropped {
        name: row.name.clone(),
        version: row.version.clone(),
    }
}

fn failed(row: &QueuedInspection, problem: &Problem) -> InspectionChange {
    // This try included.
    let tries = row.attempts + 1;
    let (name, version, error) = (&row.name, &row.version, problem.text());
    let wait = BACKOFF.saturating_mul(4_i32.saturating_pow(tries - 1));
    let again = Timestamp::now()
        .checked_add(wait)
        .ok()
        .filter(|_| tries < TRIES);
    match again {
        Some(again) => {
            tracing::warn!(%name, %version, error, %again, "an inspection failed and is tried again");
        }
        None => tracing::error!(%name, %version, error, "an inspection failed for good"),
    }
    InspectionChange::Failed {
        name: row.name.clone(),
        version: row.version.clone(),
        error: lazaret_npm::text::printable_up_to(error, 500).into_owned(),
        again,
    }
}

async fn write(mirror: &Mirror, writes: Vec<Write>) -> bool {
    match mirror.store.write(writes).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the queue of inspections could not be written");
            false
        }
    }
}
