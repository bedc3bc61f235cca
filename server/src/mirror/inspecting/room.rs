//! How many inspections run at once, and who goes first.

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::Asker;
use crate::problem::Problem;

/// The workers' waiting room.
pub(crate) struct Room {
    requested: Semaphore,
    /// One worker more, for the queue: what it began while nobody waited must not stand in the way of who asks then.
    queued: Semaphore,
    /// Requests that wait for an inspection now.
    asked: watch::Sender<usize>,
}

/// A request that waits.
pub(super) struct Waiting<'a>(&'a Room);

impl Room {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            requested: Semaphore::new(workers.max(1)),
            queued: Semaphore::new(1),
            asked: watch::Sender::new(0),
        }
    }

    /// The right to use a worker, in the order of asking.
    pub(super) async fn enter(&self, asker: Asker) -> Result<SemaphorePermit<'_>, Problem> {
        let permits = match asker {
            Asker::Request(_) => &self.requested,
            Asker::Queue => &self.queued,
        };
        permits.acquire().await.map_err(|_| Problem::internal())
    }

    pub(super) fn asked(&self) -> Waiting<'_> {
        self.asked.send_modify(|count| *count += 1);
        Waiting(self)
    }

    /// Waits until no request waits: what is inspected ahead of time must not stand in anybody's way.
    pub(crate) async fn quiet(&self) {
        // The sender lives in this very room.
        let _ = self.asked.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.asked.send_modify(|count| *count -= 1);
    }
}
