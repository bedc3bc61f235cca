//! The connection pools of one upstream: one for its kind of host, others only if a redirect needs them.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Certificate, Client, redirect};
use url::Url;

use crate::UpstreamError;
use crate::address::{Guard, Resolver, is_loopback};

/// Idle connections kept per host: as many as clients of ours fetch side by side.
const IDLE: usize = 64;

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Loopback without TLS: neither proxies nor the system's certificates, which take milliseconds to read.
    Plain,
    /// Loopback with TLS: no proxies.
    Near,
    /// Everything else: proxies from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    Far,
}

#[derive(Debug)]
pub(crate) struct Pools {
    guard: Arc<Guard>,
    connect_timeout: Duration,
    certificates: Vec<Certificate>,
    clients: [OnceLock<Client>; 3],
}

impl Pools {
    /// `extra_ca` is PEM and must hold a certificate.
    pub(crate) fn new(
        guard: Arc<Guard>,
        connect_timeout: Duration,
        extra_ca: Option<&[u8]>,
    ) -> Result<Self, UpstreamError> {
        let certificates = match extra_ca {
            None => Vec::new(),
            Some(pem) => match Certificate::from_pem_bundle(pem) {
                Ok(certificates) if !certificates.is_empty() => certificates,
                _ => {
                    return Err(settings(
                        "the extra CA file holds no certificate in PEM form: check `cafile`",
                    ));
                }
            },
        };
        Ok(Self {
            guard,
            connect_timeout,
            certificates,
            clients: Default::default(),
        })
    }

    /// The pool for a URL; made when first needed.
    pub(crate) fn for_url(&self, url: &Url) -> Result<&Client, UpstreamError> {
        let kind = match (is_loopback(url), url.scheme()) {
            (true, "http") => Kind::Plain,
            (true, _) => Kind::Near,
            (false, _) => Kind::Far,
        };
        let slot = &self.clients[kind as usize];
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(kind)?;
        Ok(slot.get_or_init(|| client))
    }

    fn build(&self, kind: Kind) -> Result<Client, UpstreamError> {
        let builder = Client::builder()
            .user_agent(concat!("lazaret/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // Bodies must arrive as sent: tarballs match their integrity, and packuments are inflated under our limit.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .referer(false)
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(IDLE)
            // Shorter than the minute or more that servers keep idle connections: a stale one costs a retry.
            .pool_idle_timeout(Duration::from_secs(50))
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .dns_resolver(Resolver(Arc::clone(&self.guard)));
        let builder = match kind {
            Kind::Plain => builder.no_proxy().tls_certs_only([]),
            Kind::Near => builder
                .no_proxy()
                .tls_certs_merge(self.certificates.clone()),
            Kind::Far => builder.tls_certs_merge(self.certificates.clone()),
        };
        builder.build().map_err(|error| {
            settings(&format!(
                "no HTTP client can be made ({}): check the system's certificates and `cafile`",
                root_cause(&error)
            ))
        })
    }
}

/// The innermost error's text; reqwest's outer ones repeat the URL.
pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    lazaret_npm::text::printable(&cause.to_string()).into_owned()
}

fn settings(reason: &str) -> UpstreamError {
    UpstreamError::Settings {
        reason: reason.to_owned(),
    }
}
