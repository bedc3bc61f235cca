//! One request to an upstream: leave to ask, retries, redirects, credentials, and the body if it is wanted whole.

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::{Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use url::Url;

use crate::address::Guard;
use crate::attempts::Attempts;
use crate::breaker::Breaker;
use crate::flow::{Flow, Pace, collect};
use crate::inflate::{Encoding, InflateError, encoding, inflate};
use crate::pools::{Pools, root_cause};
use crate::redirect::{self, MOST_HOPS, is_same_origin};
use crate::retry_after::retry_after;
use crate::settings::Network;
use crate::{Auth, Phase, UpstreamError};

/// What is read of the body of a refusal: it keeps the connection usable and may explain.
const REFUSAL_LIMIT: u64 = 64 << 10;
#[derive(Debug)]
pub(crate) struct Client {
    /// Ends with a slash.
    base: Url,
    host: String,
    auth: Option<HeaderValue>,
    pools: Pools,
    guard: Arc<Guard>,
    breaker: Breaker,
    slots: Arc<Semaphore>,
    network: Network,
}

/// A GET to be made.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
}

/// An answer with its whole body, inflated.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// `base` is where credentials may go: its origin, below its path.
    pub(crate) fn new(
        base: Url,
        auth: Option<&Auth>,
        network: Network,
        extra_ca: Option<&[u8]>,
    ) -> Result<Self, UpstreamError> {
        check(&base)?;
        let guard = Guard::new(&base);
        let pools = Pools::new(Arc::clone(&guard), network.connect_timeout, extra_ca)?;
        // Bad settings should be told now, not at the first request.
        pools.for_url(&base)?;
        let host = redirect::host(&base);
        Ok(Self {
            auth: auth.map(Auth::header).transpose()?,
            breaker: Breaker::new(&host),
            slots: Arc::new(Semaphore::new(network.parallel.max(1))),
            base,
            host,
            pools,
            guard,
            network,
        })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The answer with its body, at most `limit` bytes on the wire and inflated. Any status below 500 but 429.
    pub(crate) async fn whole(&self, ask: &Ask, limit: u64) -> Result<Reply, UpstreamError> {
        let _slot = self.slot().await?;
        let mut attempts = self.attempts(ask)?;
        loop {
            match self.whole_once(ask, limit).await {
                Ok(reply) => {
                    attempts.succeeded();
                    return Ok(reply);
                }
                Err(error) => attempts = attempts.after(error).await?,
            }
        }
    }

    /// The head of the answer, whose body is still to come. Any status below 500 but 429.
    pub(crate) async fn open(
        &self,
        ask: &Ask,
    ) -> Result<(Response, OwnedSemaphorePermit), UpstreamError> {
        let slot = self.slot().await?;
        let mut attempts = self.attempts(ask)?;
        loop {
            match self.head(ask).await {
                Ok(response) => {
                    attempts.answered();
                    return Ok((response, slot));
                }
                Err(error) => attempts = attempts.after(error).await?,
            }
        }
    }

    /// One try, redirects included.
    pub(crate) async fn head(&self, ask: &Ask) -> Result<Response, UpstreamError> {
        let mut url = ask.url.clone();
        let mut is_home = true;
        for _ in 0..=MOST_HOPS {
            // Once an answer has led elsewhere, credentials stay away even if the next one leads back.
            is_home &= is_same_origin(&url, &self.base);
            let response = self.send(&url, ask, is_home).await?;
            if !redirect::is_redirect(response.status()) {
                return self.sorted(response);
            }
            let refused = |(target, reason): (String, &str)| UpstreamError::BadRedirect {
                host: redirect::host(&url),
                target,
                reason: reason.to_owned(),
            };
            let target = redirect::next(&url, response.headers()).map_err(refused)?;
            self.guard
                .admit(&target)
                .map_err(|reason| refused((redirect::host(&target), reason)))?;
            self.rest(response).await;
            url = target;
        }
        Err(UpstreamError::BadRedirect {
            host: self.host.clone(),
            target: redirect::host(&url),
            reason: format!("there were more than {MOST_HOPS} redirects"),
        })
    }

    async fn send(&self, url: &Url, ask: &Ask, is_home: bool) -> Result<Response, UpstreamError> {
        let mut request = Request::new(Method::GET, url.clone());
        request.headers_mut().clone_from(&ask.headers);
        if let Some(auth) = &self.auth
            && is_home
            && url.path().starts_with(self.base.path())
        {
            request.headers_mut().insert(AUTHORIZATION, auth.clone());
        }
        let allowed = self
            .network
            .connect_timeout
            .saturating_add(self.network.read_timeout);
        let sent = timeout(allowed, self.pools.for_url(url)?.execute(request)).await;
        let host = || redirect::host(url);
        let timed_out = |phase, after| UpstreamError::Timeout {
            host: host(),
            phase,
            after,
        };
        match sent {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is_timeout() => {
                Err(timed_out(Phase::Connect, self.network.connect_timeout))
            }
            Ok(Err(error)) => Err(UpstreamError::Unreachable {
                host: host(),
                reason: root_cause(&error),
            }),
            Err(_) => Err(timed_out(Phase::Answer, allowed)),
        }
    }

    /// Makes errors of the statuses that ask for a retry.
    fn sorted(&self, response: Response) -> Result<Response, UpstreamError> {
        let code = response.status().as_u16();
        if code != 429 && code < 500 {
            return Ok(response);
        }
        let host = redirect::host(response.url());
        let retry_after = retry_after(response.headers(), Timestamp::now());
        Err(match code {
            429 => UpstreamError::RateLimited { host, retry_after },
            _ => UpstreamError::Status {
                host,
                code,
                retry_after,
            },
        })
    }

    async fn whole_once(&self, ask: &Ask, limit: u64) -> Result<Reply, UpstreamError> {
        let mut response = self.head(ask).await?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        if status != StatusCode::OK {
            return Ok(Reply {
                status,
                headers,
                body: self.rest(response).await,
            });
        }
        let host = redirect::host(response.url());
        let mut pace = Pace::new(&self.network);
        let mut flow = Flow::new(response, host.clone(), limit)?;
        let body = collect(&mut flow, &mut pace).await?;
        let body = match encoding(&headers) {
            Encoding::Identity => body,
            Encoding::Gzip => inflate(body, limit).await.map_err(|error| match error {
                InflateError::TooLarge => UpstreamError::TooLarge { host, limit },
                InflateError::Damaged(reason) => UpstreamError::BadEncoding { host, reason },
            })?,
            Encoding::Unknown => {
                let reason = "its encoding was not asked for".to_owned();
                return Err(UpstreamError::BadEncoding { host, reason });
            }
        };
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// What there is of a short body; reading it to its end lets the connection be used again.
    async fn rest(&self, response: Response) -> Bytes {
        let mut pace = Pace::brief();
        match Flow::new(response, String::new(), REFUSAL_LIMIT) {
            Ok(mut flow) => collect(&mut flow, &mut pace).await.unwrap_or_default(),
            Err(_) => Bytes::new(),
        }
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, UpstreamError> {
        let waiting = timeout(
            self.network.read_timeout,
            Arc::clone(&self.slots).acquire_owned(),
        );
        // The semaphore is never closed, so only the time can run out.
        waiting
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| UpstreamError::Timeout {
                host: self.host.clone(),
                phase: Phase::Queue,
                after: self.network.read_timeout,
            })
    }

    fn attempts<'a>(&'a self, ask: &'a Ask) -> Result<Attempts<'a>, UpstreamError> {
        let permit = self.breaker.admit()?;
        Ok(Attempts::new(permit, &ask.url, &self.network))
    }
}

fn check(base: &Url) -> Result<(), UpstreamError> {
    let host = redirect::host(base);
    let fault = if !matches!(base.scheme(), "http" | "https") {
        "its scheme is neither http nor https"
    } else if base.host().is_none() {
        "it names no host"
    } else if !base.username().is_empty() || base.password().is_some() {
        "it holds a user name or password, which belong into .npmrc"
    } else if base.query().is_some() || base.fragment().is_some() {
        "it has a query or fragment"
    } else {
        return Ok(());
    };
    Err(UpstreamError::Settings {
        reason: format!("the upstream URL of {host} cannot be used: {fault}"),
    })
}
