//! The parts that sentences about a version share.

use jiff::{SignedDuration, Timestamp};

use crate::advisory::Finding;

/// `2026-11-20`, UTC.
pub(crate) fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// `2026-11-23T10:00Z`, rounded up: whoever waits until then has waited long enough.
pub(crate) fn minute(time: Timestamp) -> String {
    let almost_a_minute = SignedDuration::new(59, 999_999_999);
    let rounded = time.checked_add(almost_a_minute).unwrap_or(time);
    rounded.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// `1 day`, `3 days`.
pub(crate) fn days(count: u16) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

/// `MAL-2025-46969 (also GHSA-2v46-p5h4-248w)`. At most five others are named.
pub(crate) fn ids(finding: &Finding<'_>) -> String {
    let ids = finding.ids();
    let others: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| *id != finding.id())
        .collect();
    if others.is_empty() {
        return finding.id().to_owned();
    }
    let named = others[..others.len().min(5)].join(", ");
    let more = if others.len() > 5 { ", ..." } else { "" };
    format!("{} (also {named}{more})", finding.id())
}
