//! How often, and after which pauses, one request is tried.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::sleep;
use tracing::debug;
use url::Url;

use crate::UpstreamError;
use crate::breaker::Permit;
use crate::settings::Network;

/// A pause that upstream asks for is kept up to this; with a longer one the caller gets the error.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The tries of one request.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    permit: Permit<'a>,
    url: &'a Url,
    left: u32,
    pause: Duration,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(permit: Permit<'a>, url: &'a Url, network: &Network) -> Self {
        // A probe asks once.
        let left = if permit.is_probe() {
            0
        } else {
            network.retries
        };
        Self {
            permit,
            url,
            left,
            pause: network.backoff,
        }
    }

    pub(crate) fn succeeded(self) {
        self.permit.succeeded();
    }

    /// For a body that is still to come: ends a probe, but says nothing of health otherwise.
    pub(crate) fn answered(self) {
        if self.permit.is_probe() {
            self.permit.succeeded();
        }
    }

    /// Waits for the next try, or gives the error back if there is none.
    pub(crate) async fn after(mut self, error: UpstreamError) -> Result<Self, UpstreamError> {
        let wanted = error.retry_after();
        let is_patient = wanted.is_none_or(|pause| pause <= LONGEST_PAUSE);
        if self.left == 0 || !error.is_worth_a_retry() || !is_patient {
            self.permit.failed(self.url, &error);
            return Err(error);
        }
        debug!(%error, left = self.left, "upstream is tried again");
        sleep(wanted.unwrap_or_else(|| jittered(self.pause))).await;
        self.left -= 1;
        self.pause = self.pause.saturating_mul(4);
        Ok(self)
    }
}

/// Half to one and a half times the pause, so that many who failed together do not come back together.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) as u32;
    pause
        .min(LONGEST_PAUSE)
        .mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
}
