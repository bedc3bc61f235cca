//! The one writer: a task that takes everything queued, commits it in one transaction and then tells those who wait.
//! So a thousand waiting requests cost a handful of disk flushes, and SQLite never meets two writers of one process.

mod apply;
#[cfg(test)]
mod tests;
mod transaction;
mod write;

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot, watch};

pub use write::{Write, WriteError};

pub(crate) use apply::execute;
pub(crate) use transaction::Transaction;
pub(crate) use write::{address, short, text};

use crate::db::Db;

/// Asks that may wait for the writer; beyond, asking waits.
const QUEUE: usize = 1024;
/// Asks in one transaction.
const BATCH: usize = 512;

/// What one caller wants committed, all or none.
struct Ask {
    writes: Vec<Write>,
    /// Nobody listens where the caller did not want to wait.
    done: Option<oneshot::Sender<Result<(), WriteError>>>,
}

#[derive(Clone)]
pub(crate) struct Writer {
    asks: mpsc::Sender<Ask>,
    closing: Arc<Notify>,
    /// Its other end lives as long as the task.
    running: watch::Receiver<()>,
}

impl Writer {
    pub(crate) fn start(db: Db) -> Self {
        let (asks, queue) = mpsc::channel(QUEUE);
        let (alive, running) = watch::channel(());
        let closing = Arc::new(Notify::new());
        let close = closing.clone();
        tokio::spawn(async move {
            run(&db, queue, &close).await;
            db.close().await;
            drop(alive);
        });
        Self {
            asks,
            closing,
            running,
        }
    }

    pub(crate) async fn write(&self, writes: Vec<Write>) -> Result<(), WriteError> {
        let (done, outcome) = oneshot::channel();
        self.ask(writes, Some(done)).await?;
        outcome.await.unwrap_or(Err(WriteError::Closed))
    }

    pub(crate) async fn queue(&self, writes: Vec<Write>) -> Result<(), WriteError> {
        self.ask(writes, None).await
    }

    async fn ask(
        &self,
        writes: Vec<Write>,
        done: Option<oneshot::Sender<Result<(), WriteError>>>,
    ) -> Result<(), WriteError> {
        for write in &writes {
            write.check()?;
        }
        let ask = Ask { writes, done };
        let sent = self.asks.send(ask).await;
        sent.map_err(|_| WriteError::Closed)
    }

    pub(crate) async fn close(&self) {
        self.closing.notify_one();
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }
}

async fn run(db: &Db, mut queue: mpsc::Receiver<Ask>, closing: &Notify) {
    let mut batch = Vec::new();
    loop {
        let taken = tokio::select! {
            taken = queue.recv_many(&mut batch, BATCH) => taken,
            () = closing.notified() => {
                // What is queued already is still received.
                queue.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        // Those who were told together ask again together: let them, before the next commit starts with the first alone.
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(ask) = queue.try_recv()
        {
            batch.push(ask);
        }
        let outcomes = commit(db, &batch).await;
        for (ask, outcome) in batch.drain(..).zip(outcomes) {
            match (ask.done, outcome) {
                // The caller may have gone away; the commit stands.
                (Some(done), outcome) => drop(done.send(outcome)),
                (None, Ok(())) => {}
                (None, Err(error)) => {
                    tracing::error!(%error, "a queued change could not be stored");
                }
            }
        }
    }
}

/// The outcome of each ask. What goes wrong with one of them is its own; what goes wrong with the transaction is everyone's.
async fn commit(db: &Db, batch: &[Ask]) -> Vec<Result<(), WriteError>> {
    let outcomes = match all_or_none(db, batch).await {
        Ok(true) => return vec![Ok(()); batch.len()],
        Ok(false) => one_by_one(db, batch).await,
        Err(error) => Err(error),
    };
    outcomes.unwrap_or_else(|error| vec![Err(error); batch.len()])
}

/// The usual way, without savepoints. `false`: some ask was refused, and nothing was committed.
async fn all_or_none(db: &Db, batch: &[Ask]) -> Result<bool, WriteError> {
    let mut transaction = Transaction::begin(db).await?;
    for ask in batch {
        if let Err(error) = apply::all(&mut transaction, &ask.writes).await {
            // After a full disk or a lost server nothing is left to roll back, and that is what to tell.
            return transaction
                .rollback()
                .await
                .map_err(|_| error)
                .map(|()| false);
        }
    }
    transaction.commit().await?;
    Ok(true)
}

/// Again, with a savepoint for each ask, so that only the refused ones are undone.
async fn one_by_one(db: &Db, batch: &[Ask]) -> Result<Vec<Result<(), WriteError>>, WriteError> {
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut transaction = Transaction::begin(db).await?;
    for ask in batch {
        transaction.run("savepoint ask").await?;
        let outcome = apply::all(&mut transaction, &ask.writes).await;
        if let Err(error) = &outcome {
            let undone = transaction.run("rollback to savepoint ask").await;
            undone.map_err(|_| error.clone())?;
        }
        transaction.run("release savepoint ask").await?;
        outcomes.push(outcome);
    }
    transaction.commit().await?;
    Ok(outcomes)
}
