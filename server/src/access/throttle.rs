//! So many in a time, for each address or token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::problem::Problem;

/// Keys that are counted at once; more, and the counts that are over are forgotten, then all of them.
const KEYS: usize = 10_000;

pub(super) struct Throttle {
    most: u32,
    window: Duration,
    counts: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Throttle {
    pub(super) fn new(most: u32, window: Duration) -> Self {
        Self {
            most,
            window,
            counts: Mutex::default(),
        }
    }

    /// Counts one; 429 with the time to wait if that is too many.
    pub(super) fn take(&self, key: &str) -> Result<(), Problem> {
        self.take_at(key, Instant::now()).map_err(Problem::too_many)
    }

    fn take_at(&self, key: &str, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEYS && !counts.contains_key(key) {
            counts.retain(|_, (since, _)| now.duration_since(*since) < self.window);
            if counts.len() >= KEYS {
                counts.clear();
            }
        }
        let (since, count) = counts.entry(key.to_owned()).or_insert((now, 0));
        let passed = now.duration_since(*since);
        if passed >= self.window {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count <= self.most {
            return Ok(());
        }
        Err(self.window.saturating_sub(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Throttle};
    use std::time::{Duration, Instant};

    #[test]
    fn each_key_has_so_many_in_a_time() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        let start = Instant::now();
        let take = |key: &str, seconds| throttle.take_at(key, start + Duration::from_secs(seconds));
        assert_eq!(take("a", 0), Ok(()));
        assert_eq!(take("a", 10), Ok(()));
        assert_eq!(take("a", 20), Err(Duration::from_secs(40)));
        assert_eq!(take("b", 20), Ok(()));
        assert_eq!(take("a", 60), Ok(()));
    }

    #[test]
    fn many_addresses_take_no_more_room() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        let now = Instant::now();
        for number in 0..3 * KEYS {
            throttle.take_at(&number.to_string(), now).unwrap();
        }
        assert!(throttle.counts.lock().unwrap().len() <= KEYS);
    }
}
