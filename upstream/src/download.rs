//! A tarball or feed on its way in, piece by piece. A body that breaks off is asked for again and goes on where it stopped.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;
use tracing::debug;

use crate::answer::{Answer, Validators};
use crate::attempts::jittered;
use crate::client::{Ask, Client};
use crate::flow::{Flow, Pace};
use crate::{UpstreamError, redirect};

/// A body being received. What came is only whole once [`Download::chunk`] has said `None`.
#[derive(Debug)]
pub struct Download {
    /// The announced length in bytes, if there was one.
    pub length: Option<u64>,
    client: Arc<Client>,
    ask: Ask,
    headers: HeaderMap,
    flow: Flow,
    pace: Pace,
    limit: u64,
    /// Bytes handed out, all tries together.
    given: u64,
    /// Bytes of the present try that were handed out by an earlier one.
    skip: u64,
    retries: u32,
    is_over: bool,
    _slot: OwnedSemaphorePermit,
}

impl Download {
    pub(crate) async fn open(
        client: &Arc<Client>,
        ask: Ask,
        limit: u64,
    ) -> Result<Answer<Self>, UpstreamError> {
        let (response, slot) = client.open(&ask).await?;
        match response.status().as_u16() {
            200 => {}
            304 => return Ok(Answer::NotModified),
            404 | 410 => return Ok(Answer::Missing),
            code @ (401 | 403) => return Ok(Answer::Denied(code)),
            code => {
                let host = redirect::host(response.url());
                return Err(UpstreamError::Status {
                    host,
                    code,
                    retry_after: None,
                });
            }
        }
        let headers = response.headers().clone();
        let flow = flow(response, limit)?;
        Ok(Answer::Fresh(Self {
            length: flow.expected(),
            client: Arc::clone(client),
            ask,
            headers,
            flow,
            pace: Pace::new(client.network()),
            limit,
            given: 0,
            skip: 0,
            retries: client.network().retries,
            is_over: false,
            _slot: slot,
        }))
    }

    /// The next bytes; `None` once all have come. After an error or `None` there is nothing more.
    ///
    /// # Errors
    /// Too many bytes, too slow, or broken off more often than the settings' retries.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        while !self.is_over {
            match self.flow.chunk(&mut self.pace).await {
                Ok(Some(mut piece)) => {
                    let known = usize::try_from(self.skip)
                        .unwrap_or(usize::MAX)
                        .min(piece.len());
                    self.skip -= known as u64;
                    let piece = piece.split_off(known);
                    if !piece.is_empty() {
                        self.given += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                }
                Ok(None) if self.skip > 0 => {
                    let error = self.truncated();
                    return Err(self.ended(error));
                }
                Ok(None) => {
                    self.is_over = true;
                    self.client.breaker().succeeded();
                }
                Err(error @ UpstreamError::Truncated { .. }) if self.retries > 0 => {
                    debug!(%error, left = self.retries, "a download is taken up again");
                    self.resume(error).await?;
                }
                Err(error) => return Err(self.ended(error)),
            }
        }
        Ok(None)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Asks anew from the start, which works everywhere, and skips what was given out already.
    async fn resume(&mut self, error: UpstreamError) -> Result<(), UpstreamError> {
        self.retries -= 1;
        sleep(jittered(self.client.network().backoff)).await;
        let response = match self.client.head(&self.ask).await {
            Ok(response) => response,
            Err(error) if error.is_worth_a_retry() && self.retries > 0 => {
                return Box::pin(self.resume(error)).await;
            }
            Err(error) => return Err(self.ended(error)),
        };
        // Bytes of another body must not be joined to these.
        let is_same = response.status() == StatusCode::OK
            && Validators::of(response.headers()) == Validators::of(&self.headers)
            && !matches!((response.content_length(), self.length), (Some(new), Some(old)) if new != old);
        if !is_same {
            return Err(self.ended(error));
        }
        self.flow = flow(response, self.limit).map_err(|error| self.ended(error))?;
        self.skip = self.given;
        Ok(())
    }

    fn ended(&mut self, error: UpstreamError) -> UpstreamError {
        self.is_over = true;
        self.client.breaker().failed(&self.ask.url, &error);
        error
    }

    fn truncated(&self) -> UpstreamError {
        UpstreamError::Truncated {
            host: self.client.host().to_owned(),
            received: self.given,
            expected: self.length,
        }
    }
}

fn flow(response: Response, limit: u64) -> Result<Flow, UpstreamError> {
    let host = redirect::host(response.url());
    Flow::new(response, host, limit)
}
