//! An npm registry: packuments, tarballs, and what is handed on as it is.

use std::sync::Arc;

use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderValue};
use lazaret_npm::PackageName;
use url::Url;

use crate::answer::text;
use crate::client::{Ask, Client, Reply};
use crate::redirect::is_same_origin;
use crate::{Answer, Document, Download, Passthrough, RegistrySettings, UpstreamError, Validators};

/// A registry to ask. Clones share connections, limits and the circuit breaker.
#[derive(Clone, Debug)]
pub struct Registry {
    client: Arc<Client>,
    max_packument: u64,
    max_tarball: u64,
}

impl Registry {
    /// Checks the settings; asks nothing yet.
    ///
    /// # Errors
    /// [`UpstreamError::Settings`]: a URL with credentials or a query, a CA file without certificates, a token no header can hold.
    pub fn new(settings: RegistrySettings) -> Result<Self, UpstreamError> {
        let network = settings.network();
        let mut base = settings.registry;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = Client::new(
            base,
            settings.auth.as_ref(),
            network,
            settings.extra_ca.as_deref(),
        )?;
        Ok(Self {
            client: Arc::new(client),
            max_packument: settings.max_packument,
            max_tarball: settings.max_tarball,
        })
    }

    /// The registry's URL, with a slash at its end.
    pub fn url(&self) -> &Url {
        self.client.base()
    }

    /// The full packument, if it changed since `validators`.
    ///
    /// # Errors
    /// Whatever makes the answer unusable; the body of `Fresh` is whole, but has not been parsed.
    pub async fn packument(
        &self,
        name: &PackageName,
        validators: &Validators,
    ) -> Result<Answer<Document>, UpstreamError> {
        let mut headers = headers("application/json", "gzip");
        validators.condition(&mut headers);
        let ask = Ask {
            url: self.join(&name.encoded())?,
            headers,
        };
        let Reply {
            status,
            headers,
            body,
        } = self.client.whole(&ask, self.max_packument).await?;
        match status.as_u16() {
            200 => Ok(Answer::Fresh(Document {
                body,
                validators: Validators::of(&headers),
            })),
            304 if !validators.is_empty() => Ok(Answer::NotModified),
            404 | 410 => Ok(Answer::Missing),
            code @ (401 | 403) => Ok(Answer::Denied(code)),
            code => Err(self.unexpected(code)),
        }
    }

    /// Starts to fetch a version's tarball. `dist_tarball` is the packument's URL of it: used as it stands if it is on
    /// the registry's own origin, else only for its file name.
    ///
    /// # Errors
    /// [`UpstreamError::Status`] for 404, 403 and the like, with `status()` giving the code; else as [`Registry::packument`].
    pub async fn tarball(
        &self,
        name: &PackageName,
        version: &str,
        dist_tarball: Option<&str>,
    ) -> Result<Download, UpstreamError> {
        // Identity: the bytes must be the ones that the integrity is of.
        let ask = Ask {
            url: self.tarball_url(name, version, dist_tarball)?,
            headers: headers("*/*", "identity"),
        };
        match Download::open(&self.client, ask, self.max_tarball).await? {
            Answer::Fresh(download) => Ok(download),
            Answer::NotModified => Err(self.unexpected(304)),
            Answer::Missing => Err(self.unexpected(404)),
            Answer::Denied(code) => Err(self.unexpected(code)),
        }
    }

    /// A route below the registry, such as `/-/v1/search?text=x`, with at most `limit` bytes of body. `accept` is
    /// `application/json` if not given.
    ///
    /// # Errors
    /// 429 and 5xx are errors, other statuses are not; a path that leads out of the registry is refused.
    pub async fn get(
        &self,
        path_and_query: &str,
        limit: u64,
        accept: Option<&str>,
    ) -> Result<Passthrough, UpstreamError> {
        let mut headers = headers("application/json", "gzip");
        if let Some(Ok(accept)) = accept.map(HeaderValue::from_str) {
            headers.insert(ACCEPT, accept);
        }
        let ask = Ask {
            url: self.join(path_and_query.trim_start_matches('/'))?,
            headers,
        };
        let Reply {
            status,
            headers,
            body,
        } = self.client.whole(&ask, limit).await?;
        let content_type = text(&headers, http::header::CONTENT_TYPE).map(str::to_owned);
        Ok(Passthrough {
            status: status.as_u16(),
            content_type,
            body,
        })
    }

    fn tarball_url(
        &self,
        name: &PackageName,
        version: &str,
        dist_tarball: Option<&str>,
    ) -> Result<Url, UpstreamError> {
        let offered = dist_tarball.and_then(|url| Url::parse(url).ok());
        let file = match offered {
            Some(mut offered) if is_same_origin(&offered, self.url()) => {
                // Neither fails on a URL that has a host.
                offered.set_username("").ok();
                offered.set_password(None).ok();
                offered.set_fragment(None);
                return Ok(offered);
            }
            Some(offered) => last_segment(&offered),
            None => None,
        };
        let file = file.unwrap_or_else(|| encoded_file(&name.tarball_file(version)));
        self.join(&format!(
            "{}/-/{file}",
            name.encoded().replacen("%2f", "/", 1)
        ))
    }

    /// A URL below the registry; `relative` must not lead out of it.
    fn join(&self, relative: &str) -> Result<Url, UpstreamError> {
        let base = self.url();
        let url = Url::parse(&format!("{base}{relative}")).ok();
        url.filter(|url| is_same_origin(url, base) && url.path().starts_with(base.path()))
            .ok_or_else(|| UpstreamError::Settings {
                reason: "the path leads out of the registry and is not asked for".to_owned(),
            })
    }

    fn unexpected(&self, code: u16) -> UpstreamError {
        UpstreamError::Status {
            host: self.client.host().to_owned(),
            code,
            retry_after: None,
        }
    }
}

/// The file name of a tarball's URL, still percent-encoded, if it cannot mean anything but one file.
fn last_segment(url: &Url) -> Option<String> {
    let file = url.path_segments()?.next_back()?;
    let lower = file.to_ascii_lowercase();
    let is_plain = lower.ends_with(".tgz")
        && lower.len() > 4
        && !["%2f", "%5c", "%00", "%2e%2e"]
            .iter()
            .any(|bad| lower.contains(bad));
    is_plain.then(|| file.to_owned())
}

/// Versions hold letters, digits and `-.+`; whatever else a packument calls a version is escaped.
fn encoded_file(file: &str) -> String {
    let mut encoded = String::with_capacity(file.len());
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~+!*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn headers(accept: &'static str, encoding: &'static str) -> HeaderMap {
    [(ACCEPT, accept), (ACCEPT_ENCODING, encoding)]
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests;
