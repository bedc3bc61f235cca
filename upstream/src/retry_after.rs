//! `Retry-After`: seconds or an HTTP date.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::answer::text;

/// Nobody is made to wait longer than this by a header.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The pause that the headers ask for; a date in the past is no pause, nonsense is `None`.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?.trim();
    let wanted = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // Too many digits for a number are still only "very long".
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let instant = DateTimeParser::new().parse_timestamp(value).ok()?;
        Duration::try_from(instant.duration_since(now)).unwrap_or_default()
    };
    Some(wanted.min(LONGEST))
}

#[cfg(test)]
mod tests;
