//! One run at a time per key: whoever asks while it runs gets its result.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

type Run<V> = Shared<BoxFuture<'static, Option<V>>>;

/// The runs in progress. A run goes on when those who wait for it leave, so that their next try finds it done.
pub(crate) struct Flights<K, V> {
    running: Arc<Mutex<HashMap<K, Run<V>>>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self {
            running: Arc::default(),
        }
    }
}

impl<K, V> Flights<K, V>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The result of the run for `key`, started by `start` unless one is in progress; `None` if the run panicked.
    pub(crate) async fn join<F>(&self, key: K, start: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
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
                    let run = async move { task.await.ok() }.boxed().shared();
                    running.insert(key, run.clone());
                    run
                }
            }
        };
        run.await
    }
}

/// Takes the run off the list when it ends, also by a panic.
struct Landing<K: Eq + Hash, V> {
    running: Arc<Mutex<HashMap<K, Run<V>>>>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}
