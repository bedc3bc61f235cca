//! A body on its way in: every piece is waited for with a limit, counted against a limit, and the end is checked.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::{Instant, timeout};

use crate::settings::Network;
use crate::{Phase, UpstreamError};

/// First reservation for a body without compression, whatever length it announces.
const FIRST_RESERVATION: u64 = 16 << 20;

/// Time spent waiting for one answer. What the caller does between two pieces does not count.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    read_timeout: Duration,
    total_timeout: Duration,
    min_rate: u64,
    waited: Duration,
    /// Waiting and bytes since the rate was last judged.
    window: (Duration, u64),
}

impl Pace {
    pub(crate) fn new(network: &Network) -> Self {
        Self {
            read_timeout: network.read_timeout,
            total_timeout: network.total_timeout,
            min_rate: network.min_rate,
            waited: Duration::ZERO,
            window: (Duration::ZERO, 0),
        }
    }

    /// For a body that is not worth waiting for.
    pub(crate) fn brief() -> Self {
        let second = Duration::from_secs(1);
        Self {
            read_timeout: second,
            total_timeout: second,
            min_rate: 0,
            waited: Duration::ZERO,
            window: Default::default(),
        }
    }

    fn left(&self) -> Duration {
        self.total_timeout.saturating_sub(self.waited)
    }

    /// Counts a piece; false if over a whole `read_timeout` of waiting too little came.
    fn keeps_up(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.window.0 += waited;
        self.window.1 += bytes as u64;
        if self.window.0 < self.read_timeout {
            return true;
        }
        let (waited, bytes) = std::mem::take(&mut self.window);
        bytes as f64 >= self.min_rate as f64 * waited.as_secs_f64()
    }
}

#[derive(Debug)]
pub(crate) struct Flow {
    response: Response,
    host: String,
    limit: u64,
    received: u64,
    expected: Option<u64>,
}

impl Flow {
    /// Refuses at once what announces itself too large.
    pub(crate) fn new(response: Response, host: String, limit: u64) -> Result<Self, UpstreamError> {
        let expected = response.content_length();
        if expected.is_some_and(|expected| expected > limit) {
            return Err(UpstreamError::TooLarge { host, limit });
        }
        Ok(Self {
            response,
            host,
            limit,
            received: 0,
            expected,
        })
    }

    /// The announced length on the wire.
    pub(crate) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// The next piece; `None` once the body is whole.
    pub(crate) async fn chunk(&mut self, pace: &mut Pace) -> Result<Option<Bytes>, UpstreamError> {
        let started = Instant::now();
        let left = pace.left();
        let allowed = left.min(pace.read_timeout);
        let Ok(piece) = timeout(allowed, self.response.chunk()).await else {
            pace.waited += started.elapsed();
            let after = if left < pace.read_timeout {
                pace.total_timeout
            } else {
                pace.read_timeout
            };
            return Err(UpstreamError::Timeout {
                host: self.host.clone(),
                phase: Phase::Body,
                after,
            });
        };
        let piece = piece.map_err(|_| self.truncated())?;
        let Some(piece) = piece else {
            let is_whole = self
                .expected
                .is_none_or(|expected| expected == self.received);
            return if is_whole {
                Ok(None)
            } else {
                Err(self.truncated())
            };
        };
        self.received += piece.len() as u64;
        if self.received > self.limit {
            return Err(UpstreamError::TooLarge {
                host: self.host.clone(),
                limit: self.limit,
            });
        }
        if !pace.keeps_up(started.elapsed(), piece.len()) {
            let after = pace.read_timeout;
            return Err(UpstreamError::Timeout {
                host: self.host.clone(),
                phase: Phase::Rate,
                after,
            });
        }
        Ok(Some(piece))
    }

    fn truncated(&self) -> UpstreamError {
        UpstreamError::Truncated {
            host: self.host.clone(),
            received: self.received,
            expected: self.expected,
        }
    }
}

/// A whole body in one piece of memory.
pub(crate) async fn collect(flow: &mut Flow, pace: &mut Pace) -> Result<Bytes, UpstreamError> {
    let Some(first) = flow.chunk(pace).await? else {
        return Ok(Bytes::new());
    };
    // Nearly every small answer is one piece: nothing to copy.
    let Some(second) = flow.chunk(pace).await? else {
        return Ok(first);
    };
    let expected = flow.expected().unwrap_or(0).min(FIRST_RESERVATION);
    let mut body = BytesMut::with_capacity(
        usize::try_from(expected)
            .unwrap_or(0)
            .max(first.len() + second.len()),
    );
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while let Some(piece) = flow.chunk(pace).await? {
        if body.capacity() - body.len() < piece.len() {
            // So much has come that the announced length may be believed; doubling would need twice the memory.
            let missing = flow
                .expected()
                .unwrap_or(0)
                .saturating_sub(body.len() as u64);
            body.reserve(usize::try_from(missing).unwrap_or(0).max(piece.len()));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}
