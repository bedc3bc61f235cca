//! One message to one address that the operator named: a POST without retries, redirects or credentials, whose answer is
//! read as far as it may explain a failure.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use lazaret_npm::text::printable_up_to;
use reqwest::{Body, Request, Response};
use tokio::time::timeout;
use url::Url;

use crate::address::Guard;
use crate::pools::{Pools, root_cause};
use crate::{Phase, UpstreamError, redirect};

/// How long connecting, and the whole exchange, may take.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);

/// What is read of an answer: bytes, and characters of them that are kept.
const ANSWER: usize = 4 << 10;
const KEPT: usize = 300;

/// Where messages go.
#[derive(Debug)]
pub struct Poster {
    url: Url,
    pools: Pools,
    limit: Duration,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status; one of a redirect is not followed.
    pub status: u16,
    /// The beginning of the body, fit to be shown.
    pub excerpt: String,
}

impl Poster {
    /// Checks the settings; sends nothing yet. `extra_ca` is PEM.
    ///
    /// # Errors
    /// [`UpstreamError::Settings`].
    pub fn new(url: Url, extra_ca: Option<&[u8]>) -> Result<Self, UpstreamError> {
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(UpstreamError::Settings {
                reason: "a webhook's address must begin with http:// or https:// and name a host"
                    .to_owned(),
            });
        }
        let pools = Pools::new(Guard::new(&url), CONNECT, extra_ca)?;
        pools.for_url(&url)?;
        Ok(Self {
            url,
            pools,
            limit: WHOLE,
        })
    }

    /// The same, giving up after `limit`.
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The host that messages go to; the rest of the address may be a secret.
    pub fn host(&self) -> String {
        redirect::host(&self.url)
    }

    /// Sends a message, once.
    ///
    /// # Errors
    /// When no answer came. Any status is an answer.
    pub async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Posted, UpstreamError> {
        let exchange = async {
            let mut request = Request::new(Method::POST, self.url.clone());
            *request.headers_mut() = headers;
            *request.body_mut() = Some(Body::from(body));
            let sent = self.pools.for_url(&self.url)?.execute(request).await;
            let response = sent.map_err(|error| UpstreamError::Unreachable {
                host: self.host(),
                reason: root_cause(&error),
            })?;
            let status = response.status().as_u16();
            let excerpt = beginning(response).await;
            Ok(Posted { status, excerpt })
        };
        timeout(self.limit, exchange).await.unwrap_or_else(|_| {
            Err(UpstreamError::Timeout {
                host: self.host(),
                phase: Phase::Answer,
                after: self.limit,
            })
        })
    }
}

/// What there is of a body, up to the limit; the rest is not waited for.
async fn beginning(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = ANSWER - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    printable_up_to(&String::from_utf8_lossy(&body), KEPT).into_owned()
}
