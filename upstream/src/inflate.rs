//! How bodies are encoded, and inflating whole gzip bodies under a limit. An unfinished stream and bytes after its end are errors, never a short document.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::answer::text;

/// Compressed bodies up to this size are tried on the async thread; they take well under a millisecond.
const INLINE_COMPRESSED: usize = 64 << 10;
/// Inflated bytes after which the work moves to a blocking thread all the same.
const INLINE_INFLATED: u64 = 512 << 10;
/// Deflate cannot do better, so no length in a trailer makes us reserve more than this times the body.
const BEST_RATIO: u64 = 1032;

/// How a body was encoded for the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Unknown,
}

pub(crate) fn encoding(headers: &HeaderMap) -> Encoding {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    let (first, second) = (values.next(), values.next());
    match (first, second) {
        (None, _) => Encoding::Identity,
        (Some(_), None) => match text(headers, CONTENT_ENCODING).map(str::trim) {
            Some(value)
                if value.eq_ignore_ascii_case("gzip") || value.eq_ignore_ascii_case("x-gzip") =>
            {
                Encoding::Gzip
            }
            Some(value) if value.is_empty() || value.eq_ignore_ascii_case("identity") => {
                Encoding::Identity
            }
            _ => Encoding::Unknown,
        },
        _ => Encoding::Unknown,
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InflateError {
    TooLarge,
    Damaged(String),
}

/// The inflated body, at most `limit` bytes of it.
pub(crate) async fn inflate(body: Bytes, limit: u64) -> Result<Bytes, InflateError> {
    if body.len() <= INLINE_COMPRESSED {
        match inflate_now(&body, limit.min(INLINE_INFLATED)) {
            Err(InflateError::TooLarge) if limit > INLINE_INFLATED => {}
            done => return done,
        }
    }
    let task = tokio::task::spawn_blocking(move || inflate_now(&body, limit));
    task.await
        .unwrap_or_else(|error| Err(InflateError::Damaged(error.to_string())))
}

fn inflate_now(body: &[u8], limit: u64) -> Result<Bytes, InflateError> {
    let mut inflated = Vec::with_capacity(usize::try_from(promised(body).min(limit)).unwrap_or(0));
    let mut decoder = MultiGzDecoder::new(body);
    decoder
        .by_ref()
        .take(limit.saturating_add(1))
        .read_to_end(&mut inflated)
        .map_err(|error| InflateError::Damaged(format!("damaged gzip: {error}")))?;
    if inflated.len() as u64 > limit {
        return Err(InflateError::TooLarge);
    }
    Ok(inflated.into())
}

/// What the last member's trailer says its length is, within reason: a hint for one allocation instead of twenty.
fn promised(body: &[u8]) -> u64 {
    let trailer = body
        .last_chunk::<4>()
        .map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    trailer.min(body.len() as u64 * BEST_RATIO)
}

#[cfg(test)]
mod tests;
