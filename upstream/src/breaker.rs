//! The circuit breaker of one upstream: after five failures in a row nobody asks it for a while, then one request tries.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};
use url::Url;

use crate::UpstreamError;

const FAILURES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What callers are told while the one request that tries is under way.
const WHILE_PROBING: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Breaker {
    host: String,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// `last` is the hash of the path that failed last: one bad package must not take the others with it.
    Closed {
        failures: u32,
        last: Option<u64>,
    },
    Open {
        until: Instant,
        pause: Duration,
    },
    Probing {
        pause: Duration,
    },
}

const CLOSED: State = State::Closed {
    failures: 0,
    last: None,
};

impl Breaker {
    pub(crate) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            state: Mutex::new(CLOSED),
        }
    }

    /// Leave to ask, or the time until it may be had.
    pub(crate) fn admit(&self) -> Result<Permit<'_>, UpstreamError> {
        let mut state = self.lock();
        let retry_in = match *state {
            State::Closed { .. } => {
                return Ok(Permit {
                    breaker: self,
                    is_probe: false,
                });
            }
            State::Open { until, pause } => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    *state = State::Probing { pause };
                    return Ok(Permit {
                        breaker: self,
                        is_probe: true,
                    });
                }
                left
            }
            State::Probing { .. } => WHILE_PROBING,
        };
        Err(UpstreamError::CircuitOpen {
            host: self.host.clone(),
            retry_in,
        })
    }

    /// Upstream answered.
    pub(crate) fn succeeded(&self) {
        let mut state = self.lock();
        if !matches!(*state, State::Closed { .. }) {
            info!(host = self.host, "upstream answers again");
        }
        *state = CLOSED;
    }

    /// A request failed for good; errors that do not blame upstream are successes here.
    pub(crate) fn failed(&self, url: &Url, error: &UpstreamError) {
        if !error.blames_upstream() {
            // Waiting in our own line says nothing about upstream.
            if !matches!(error, UpstreamError::Timeout { .. }) {
                self.succeeded();
            }
            return;
        }
        let mut state = self.lock();
        if let State::Closed { failures, last } = &mut *state {
            let mut hasher = DefaultHasher::new();
            url.path().hash(&mut hasher);
            let path = Some(hasher.finish());
            if *last != path || matches!(error, UpstreamError::Unreachable { .. }) {
                *failures += 1;
            }
            *last = path;
            if *failures >= FAILURES {
                self.open(&mut state, FIRST_PAUSE);
            }
        }
    }

    fn open(&self, state: &mut State, pause: Duration) {
        warn!(
            host = self.host,
            seconds = pause.as_secs(),
            "upstream fails: not asking it for a while"
        );
        *state = State::Open {
            until: Instant::now() + pause,
            pause,
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask once. Dropped without a word (the caller went away), a probe's turn goes to the next.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
}

impl Permit<'_> {
    pub(crate) fn is_probe(&self) -> bool {
        self.is_probe
    }

    pub(crate) fn succeeded(mut self) {
        self.is_probe = false;
        self.breaker.succeeded();
    }

    pub(crate) fn failed(mut self, url: &Url, error: &UpstreamError) {
        if std::mem::take(&mut self.is_probe) && error.blames_upstream() {
            let mut state = self.breaker.lock();
            if let State::Probing { pause } = *state {
                self.breaker
                    .open(&mut state, (pause * 2).min(LONGEST_PAUSE));
            }
        } else {
            self.breaker.failed(url, error);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            let mut state = self.breaker.lock();
            if let State::Probing { pause } = *state {
                *state = State::Open {
                    until: Instant::now(),
                    pause,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests;
