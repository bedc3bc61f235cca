//! What a test may do to the answer of a path.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// One fault; it holds for every request of its path until healed, or as often as [`Fault::times`] says.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) headers: HeaderMap,
    pub(crate) left: Option<usize>,
    pub(crate) chunked: bool,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Status(u16),
    Truncate(usize),
    Drip { piece: usize, every: Duration },
    Hang,
    Hold,
    Disconnect,
    Body(Arc<dyn Fn(Bytes) -> Bytes + Send + Sync>),
    Replace(Bytes),
    Nothing,
}

impl Fault {
    /// This status with a JSON error body instead of the answer.
    pub fn status(status: u16) -> Self {
        Self::new(Kind::Status(status))
    }

    /// 429 with `Retry-After`, in seconds or as an HTTP date.
    pub fn rate_limited(retry_after: &str) -> Self {
        Self::status(429).header(header::RETRY_AFTER.as_str(), retry_after)
    }

    /// A 302 to any URL.
    pub fn redirect(to: &str) -> Self {
        Self::status(302).header(header::LOCATION.as_str(), to)
    }

    /// Closes the connection after so many bytes of the body; the announced length stays.
    pub fn truncate(after: usize) -> Self {
        Self::new(Kind::Truncate(after))
    }

    /// Sends the body so many bytes at a time with a pause between.
    pub fn drip(piece: usize, every: Duration) -> Self {
        Self::new(Kind::Drip {
            piece: piece.max(1),
            every,
        })
    }

    /// Never answers.
    pub fn hang() -> Self {
        Self::new(Kind::Hang)
    }

    /// Answers only once the fault is healed, and then truly: for counting who waits meanwhile. (Not with [`Fault::times`].)
    pub fn hold() -> Self {
        Self::new(Kind::Hold)
    }

    /// Closes the connection without an answer.
    pub fn disconnect() -> Self {
        Self::new(Kind::Disconnect)
    }

    /// Sends this body with the true answer's status and headers, not encoded.
    pub fn body(bytes: impl Into<Bytes>) -> Self {
        Self::new(Kind::Replace(bytes.into()))
    }

    /// A body that is no JSON at all.
    pub fn garbage() -> Self {
        Self::body(&b"<html><body>Please sign in to the hotel network</body></html>"[..])
    }

    /// Changes the body as it goes over the wire (compressed if the answer is), with an honest length.
    pub fn map(change: impl Fn(Bytes) -> Bytes + Send + Sync + 'static) -> Self {
        Self::new(Kind::Body(Arc::new(change)))
    }

    /// Flips one bit in the middle of the body.
    pub fn corrupt() -> Self {
        Self::map(|bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
            bytes.into()
        })
    }

    /// Cuts so many bytes off the end of the body, and announces the shorter length.
    pub fn cut(bytes: usize) -> Self {
        Self::map(move |body| body.slice(..body.len().saturating_sub(bytes)))
    }

    /// Appends bytes to the body, and announces the longer length.
    pub fn append(extra: &'static [u8]) -> Self {
        Self::map(move |body| [&body, extra].concat().into())
    }

    /// A small gzip body that inflates to so many zero bytes.
    ///
    /// # Panics
    /// Never: writing to memory does not fail.
    pub fn gzip_bomb(inflated: u64) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let zeros = vec![0; 1 << 20];
        let mut left = inflated;
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
            encoder
                .write_all(&zeros[..piece])
                .expect("writing to memory");
            left -= piece as u64;
        }
        let bomb = encoder.finish().expect("writing to memory");
        Self::body(bomb).header(header::CONTENT_ENCODING.as_str(), "gzip")
    }

    /// Changes nothing but the headers that are added with [`Fault::header`].
    pub fn headers() -> Self {
        Self::new(Kind::Nothing)
    }

    /// Sets a header of the answer.
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

    /// Sends the body chunked, without a `Content-Length`.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Ends after so many requests.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            headers: HeaderMap::new(),
            left: None,
            chunked: false,
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "status {status}"),
            Self::Truncate(after) => write!(formatter, "truncate after {after}"),
            Self::Drip { piece, every } => write!(formatter, "{piece} bytes every {every:?}"),
            Self::Hang => formatter.write_str("hang"),
            Self::Hold => formatter.write_str("hold"),
            Self::Disconnect => formatter.write_str("disconnect"),
            Self::Body(_) => formatter.write_str("changed body"),
            Self::Replace(body) => write!(formatter, "{} other bytes", body.len()),
            Self::Nothing => formatter.write_str("headers"),
        }
    }
}
