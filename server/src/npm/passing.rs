//! Answers of the upstream that are passed on as they are, and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;

use super::{Reply, json};
use crate::mirror::Mirror;
use crate::problem::Problem;

/// Largest answer passed on; attestations of one version have some 20 KB.
const LIMIT: u64 = 4 << 20;
const KEPT_FOR: Duration = Duration::from_secs(600);

/// Small JSON documents by their path at the upstream.
pub(crate) struct Passing {
    kept: Cache<String, Arc<(u16, Bytes)>>,
}

impl Default for Passing {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .weigher(|path: &String, answer: &Arc<(u16, Bytes)>| {
                    u32::try_from(path.len() + answer.1.len()).unwrap_or(u32::MAX)
                })
                .max_capacity(8 << 20)
                .time_to_live(KEPT_FOR)
                .build(),
        }
    }
}

impl Passing {
    /// What the upstream answers at `path`: its document, or its "not found" in our words.
    pub(super) async fn get(&self, mirror: &Mirror, path: &str) -> Reply {
        let kept = match self.kept.get(path) {
            Some(kept) => kept,
            None => {
                let asked = std::time::Instant::now();
                let answer = mirror.registry.get(path, LIMIT, None).await;
                mirror
                    .metrics
                    .upstream("other", asked.elapsed(), answer.is_ok());
                let answer = answer.map_err(|error| Problem::upstream("this", &error))?;
                let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(&answer.body);
                if is_success(answer.status) && is_json.is_err() {
                    return Err(Problem::not_json(path));
                }
                let kept = Arc::new((answer.status, answer.body));
                self.kept.insert(path.to_owned(), Arc::clone(&kept));
                kept
            }
        };
        if is_success(kept.0) {
            Ok(json(kept.1.clone()))
        } else {
            Err(Problem::passed_on(kept.0, path))
        }
    }
}

fn is_success(code: u16) -> bool {
    (200..300).contains(&code)
}
