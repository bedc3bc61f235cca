//! What can be set about an upstream, and the defaults with their reasons.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use url::Url;

use crate::UpstreamError;

const MEBIBYTE: u64 = 1 << 20;

/// Credentials for a registry. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// A token, npm's `_authToken`.
    Bearer(String),
    /// `user:password` in base64, npm's `_auth`.
    Basic(String),
}

impl Auth {
    pub(crate) fn header(&self) -> Result<HeaderValue, UpstreamError> {
        let text = match self {
            Self::Bearer(token) => format!("Bearer {token}"),
            Self::Basic(credentials) => format!("Basic {credentials}"),
        };
        let mut header = HeaderValue::from_str(&text).map_err(|_| UpstreamError::Settings {
            reason: "the upstream credentials hold characters no header may have: log in again and copy the token anew"
                .to_owned(),
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::Basic(_) => "Basic(…)",
        })
    }
}

/// How a registry is asked. Start from [`RegistrySettings::new`].
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// The registry's URL; a path is a prefix of all its routes.
    pub registry: Url,
    /// Sent below `registry` only.
    pub auth: Option<Auth>,
    /// To a TCP and TLS connection.
    pub connect_timeout: Duration,
    /// To the answer's head, and from one piece of a body to the next.
    pub read_timeout: Duration,
    /// All waiting for one answer together; time the caller takes between two pieces does not count.
    pub total_timeout: Duration,
    /// Bytes per second below which a body counts as a slow drip, measured over `read_timeout`.
    pub min_rate: u64,
    /// Bytes of a packument, inflated and on the wire.
    pub max_packument: u64,
    /// Bytes of a tarball.
    pub max_tarball: u64,
    /// Tries after the first for what may pass: no connection, 5xx, a body that broke off.
    pub retries: u32,
    /// Mean pause before the first retry; four times that before each further one.
    pub backoff: Duration,
    /// Requests in flight at most; more wait in line.
    pub parallel: usize,
    /// PEM certificates trusted besides the system's, npm's `cafile`.
    pub extra_ca: Option<Vec<u8>>,
}

impl RegistrySettings {
    /// The defaults for a registry.
    pub fn new(registry: Url) -> Self {
        let network = Network::default();
        Self {
            registry,
            auth: None,
            connect_timeout: network.connect_timeout,
            read_timeout: network.read_timeout,
            total_timeout: network.total_timeout,
            min_rate: network.min_rate,
            // The largest known packument was 92 MB in 2026.
            max_packument: 256 * MEBIBYTE,
            max_tarball: 512 * MEBIBYTE,
            retries: network.retries,
            backoff: network.backoff,
            parallel: network.parallel,
            extra_ca: None,
        }
    }

    pub(crate) fn network(&self) -> Network {
        Network {
            connect_timeout: self.connect_timeout,
            read_timeout: self.read_timeout,
            total_timeout: self.total_timeout,
            min_rate: self.min_rate,
            retries: self.retries,
            backoff: self.backoff,
            parallel: self.parallel,
        }
    }
}

/// How an advisory feed is asked. Start from [`FeedSettings::new`].
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// The file's URL.
    pub url: Url,
    /// Sent to the URL's own directory only.
    pub auth: Option<Auth>,
    /// Bytes of the file, inflated if it was compressed for the way.
    pub limit: u64,
    /// See [`RegistrySettings::read_timeout`].
    pub read_timeout: Duration,
    /// See [`RegistrySettings::total_timeout`].
    pub total_timeout: Duration,
    /// See [`RegistrySettings::retries`].
    pub retries: u32,
    /// See [`RegistrySettings::backoff`].
    pub backoff: Duration,
    /// See [`RegistrySettings::extra_ca`].
    pub extra_ca: Option<Vec<u8>>,
}

impl FeedSettings {
    /// The defaults for a feed: at most 2 GiB within an hour.
    pub fn new(url: Url) -> Self {
        let network = Network::default();
        Self {
            url,
            auth: None,
            limit: 2048 * MEBIBYTE,
            read_timeout: network.read_timeout,
            total_timeout: Duration::from_secs(3600),
            retries: network.retries,
            backoff: network.backoff,
            extra_ca: None,
        }
    }

    pub(crate) fn network(&self) -> Network {
        Network {
            read_timeout: self.read_timeout,
            total_timeout: self.total_timeout,
            retries: self.retries,
            backoff: self.backoff,
            ..Network::default()
        }
    }
}

/// What both kinds of upstream share.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) min_rate: u64,
    pub(crate) retries: u32,
    pub(crate) backoff: Duration,
    pub(crate) parallel: usize,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            // pnpm gives up on us after 60 s; until then there must be a stale copy or a clear answer.
            read_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(300),
            min_rate: 1024,
            retries: 2,
            backoff: Duration::from_millis(250),
            parallel: 96,
        }
    }
}
