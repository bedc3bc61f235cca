//! A fixed body at a path of the test's choice: an advisory feed, a search answer, a page.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// A body with its headers. With an `ETag` or `Last-Modified`, conditional requests are answered 304.
#[derive(Clone, Debug)]
pub struct Fixed {
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) status: u16,
}

impl Fixed {
    /// A 200 with these bytes as `application/octet-stream`.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            headers: HeaderMap::new(),
            status: 200,
        }
        .content_type("application/octet-stream")
    }

    /// Replaces the content type.
    #[must_use]
    pub fn content_type(self, value: &str) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), value)
    }

    /// Sets the entity tag, quotes included.
    #[must_use]
    pub fn etag(self, value: &str) -> Self {
        self.header(header::ETAG.as_str(), value)
    }

    /// Sets `Last-Modified`, an HTTP date.
    #[must_use]
    pub fn last_modified(self, value: &str) -> Self {
        self.header(header::LAST_MODIFIED.as_str(), value)
    }

    /// Replaces the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets any header.
    ///
    /// # Panics
    /// When name or value cannot be a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers
            .insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }
}
