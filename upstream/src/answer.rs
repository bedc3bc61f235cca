//! What an upstream's answer comes to.

use bytes::Bytes;
use http::header::{AsHeaderName, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};

/// Longest validator we keep, in bytes; a longer one is dropped and the next request is unconditional.
const VALIDATOR_LIMIT: usize = 512;

/// The outcome of a conditional request that upstream answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// A 200 with its body.
    Fresh(T),
    /// 304: what the validators belong to still holds.
    NotModified,
    /// 404 or 410.
    Missing,
    /// 401 or 403.
    Denied(u16),
}

/// What a later request can ask "changed since?" with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag as received, quotes and weakness mark included.
    pub etag: Option<String>,
    /// `Last-Modified` as received.
    pub last_modified: Option<String>,
}

impl Validators {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            text(headers, name)
                .filter(|value| value.len() <= VALIDATOR_LIMIT)
                .map(str::to_owned)
        };
        Self {
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        }
    }

    /// The entity tag if there is one, else the date: a server that gets both is to ignore the date anyway.
    pub(crate) fn condition(&self, headers: &mut HeaderMap) {
        let (name, value) = match (&self.etag, &self.last_modified) {
            (Some(etag), _) => (IF_NONE_MATCH, etag),
            (None, Some(date)) => (IF_MODIFIED_SINCE, date),
            (None, None) => return,
        };
        // Stored validators came from headers; one that was damaged since makes the request unconditional.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// A packument's bytes, inflated; not parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The whole body.
    pub body: Bytes,
    /// For the next request.
    pub validators: Validators,
}

/// An answer that is handed on as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passthrough {
    /// Any status below 500 but 429.
    pub status: u16,
    /// `Content-Type` if it was text.
    pub content_type: Option<String>,
    /// Inflated; of an answer other than 200 at most the first 64 KiB.
    pub body: Bytes,
}

pub(crate) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
