//! Where a redirect may lead. Followed by hand, because credentials must not travel and https must not end.

use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::answer::text;

/// Redirects followed for one request.
pub(crate) const MOST_HOPS: usize = 5;

/// Whether a status sends us elsewhere. A GET stays a GET in all of them.
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The next URL, without user name, password and fragment; else the target as far as it may be named, and the reason.
pub(crate) fn next(from: &Url, headers: &HeaderMap) -> Result<Url, (String, &'static str)> {
    let unnamed = || "an unknown place".to_owned();
    let location = text(headers, LOCATION)
        .ok_or_else(|| (unnamed(), "the answer has no readable Location"))?;
    let mut target = from
        .join(location)
        .map_err(|_| (unnamed(), "the Location is not a URL"))?;
    if !matches!(target.scheme(), "http" | "https") || target.host().is_none() {
        return Err((unnamed(), "the target is neither http nor https"));
    }
    if from.scheme() == "https" && target.scheme() == "http" {
        return Err((host(&target), "it leads from https to http"));
    }
    // Neither fails on a URL that has a host.
    target.set_username("").ok();
    target.set_password(None).ok();
    target.set_fragment(None);
    Ok(target)
}

/// `host` or `host:port`, safe to print: a parsed host holds no control characters.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("(no host)");
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Same scheme, host and port.
pub(crate) fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests;
