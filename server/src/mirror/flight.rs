//! One run at a time per key: whoever asks while it runs gets its result.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::JoinError;

use super::Answer;
use crate::problem::Problem;

type Run<T> = Shared<BoxFuture<'static, Answer<T>>>;

/// The runs in progress. A run goes on when those who wait for it leave, so that their next try finds it done.
pub(crate) struct Flights<K, T> {
    running: Arc<Mutex<HashMap<K, Run<T>>>>,
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self {
            running: Arc::default(),
        }
    }
}

impl<K, T> Flights<K, T>
where
    K: Eq + Hash + Clone + Send + 'static,
    T: Send + Sync + 'static,
{
    /// The result of the run for `key`, started by `start` unless one is in progress.
    pub(crate) async fn join<F>(&self, key: K, start: impl FnOnce() -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let run = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            match running.get(&key) {
                Some(run) => run.clone(),
                None => {
                    let landing = Landing {
                        running: Arc::clone(&self.running),
                        key: key.clone(),
                    };
                    let work = start();
                    let task = tokio::spawn(async move {
                        let _landing = landing;
                        work.await
                    });
                    let run = async move { task.await.unwrap_or_else(lost) };
                    let run = run.boxed().shared();
                    running.insert(key, run.clone());
                    run
                }
            }
        };
        run.await
    }
}

/// A run that panicked.
fn lost<T>(error: JoinError) -> Answer<T> {
    tracing::error!(%error, "a task failed");
    Err(Problem::internal())
}

/// Takes the run off the list when it ends, also by a panic.
struct Landing<K: Eq + Hash, T> {
    running: Arc<Mutex<HashMap<K, Run<T>>>>,
    key: K,
}

impl<K: Eq + Hash, T> Drop for Landing<K, T> {
    fn drop(&mut self) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}
