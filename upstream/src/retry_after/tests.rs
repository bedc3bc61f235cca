//! Both forms, and what servers send instead.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;

use super::retry_after;

fn asked(value: &str) -> Option<u64> {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let headers: HeaderMap = [(RETRY_AFTER, value.parse().unwrap())]
        .into_iter()
        .collect();
    retry_after(&headers, now).map(|pause| pause.as_secs())
}

#[test]
fn seconds_and_dates_are_understood() {
    assert_eq!(asked("0"), Some(0));
    assert_eq!(asked(" 120 "), Some(120));
    assert_eq!(asked("Sat, 21 Nov 2026 12:00:07 GMT"), Some(7));
    assert_eq!(asked("Sat, 21 Nov 2026 11:00:00 GMT"), Some(0));
}

#[test]
fn nonsense_is_none_and_long_is_cut() {
    for nonsense in ["", "soon", "-1", "1.5", "2026-11-21T12:00:07Z"] {
        assert_eq!(asked(nonsense), None, "{nonsense}");
    }
    let day = Duration::from_secs(24 * 3600).as_secs();
    assert_eq!(asked("99999999999999999999999"), Some(day));
    assert_eq!(asked("Sat, 21 Nov 2099 12:00:07 GMT"), Some(day));
}
