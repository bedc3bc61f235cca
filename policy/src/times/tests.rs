use jiff::{SignedDuration, Timestamp};
use lazaret_npm::Version;
use proptest::prelude::*;

use super::plausible_times;
use crate::fixtures::at;

const NOW: &str = "2026-01-01T00:00:00Z";

/// The day on which each version counts as published; `-` where the first contact counts.
fn days(created: Option<&str>, versions: &[(&str, &str)]) -> Vec<String> {
    let parsed: Vec<Option<Version>> = versions
        .iter()
        .map(|(version, _)| Version::parse(version).ok())
        .collect();
    let pairs: Vec<(Option<&Version>, Option<Timestamp>)> = parsed
        .iter()
        .zip(versions)
        .map(|(version, (_, time))| (version.as_ref(), time.parse().ok()))
        .collect();
    plausible_times(created.map(at), &pairs, at(NOW))
        .into_iter()
        .map(|time| time.map_or("-".to_owned(), |time| time.to_string()[..10].to_owned()))
        .collect()
}

#[test]
fn the_future_is_not_believed() {
    let versions = [
        ("1.0.0", "2026-01-01T00:05:00Z"),
        ("1.0.1", "2026-01-01T00:05:01Z"),
        ("2.0.0", "2030-01-01T00:00:00Z"),
        ("3.0.0", "nothing"),
    ];
    assert_eq!(days(None, &versions), ["2026-01-01", "-", "-", "-"]);
}

#[test]
fn nothing_is_older_than_its_package() {
    let versions = [
        ("1.0.0", "2020-01-02T00:00:00Z"),
        ("2.0.0", "2015-01-01T00:00:00Z"),
        ("not a version", "2015-01-01T00:00:00Z"),
    ];
    let created = Some("2020-01-01T00:00:00Z");
    let bounded = ["2020-01-02", "2020-01-01", "2020-01-01"];
    assert_eq!(days(created, &versions), bounded);
    assert_eq!(
        days(None, &versions),
        ["2020-01-02", "2015-01-01", "2015-01-01"]
    );
    // A package from the future bounds nothing.
    assert_eq!(
        days(Some("2031-01-01T00:00:00Z"), &versions),
        ["2020-01-02", "2015-01-01", "2015-01-01"]
    );
}

#[test]
fn nothing_is_older_than_a_lower_patch_of_its_line() {
    let versions = [
        ("1.0.2", "2024-01-01T00:00:00Z"),
        ("1.0.0", "2023-01-01T00:00:00Z"),
        ("1.0.1", "2025-01-01T00:00:00Z"),
        // Another line.
        ("1.1.0", "2022-01-01T00:00:00Z"),
        // A prerelease of a later patch must not be older either; one among nightly builds is not measured.
        ("1.0.4-beta", "2020-01-01T00:00:00Z"),
        ("0.0.0-nightly.2", "2021-01-01T00:00:00Z"),
        ("0.0.0-nightly.1", "2022-01-01T00:00:00Z"),
    ];
    let expected = [
        "2025-01-01",
        "2023-01-01",
        "2025-01-01",
        "2022-01-01",
        "2025-01-01",
        "2021-01-01",
        "2022-01-01",
    ];
    assert_eq!(days(None, &versions), expected);
}

#[test]
fn a_forged_old_patch_is_as_young_as_the_one_before() {
    let versions = [
        ("4.4.0", "2024-01-01T00:00:00Z"),
        ("4.4.1", "2025-12-30T00:00:00Z"),
        ("4.4.2", "2018-01-01T00:00:00Z"),
    ];
    assert_eq!(
        days(None, &versions),
        ["2024-01-01", "2025-12-30", "2025-12-30"]
    );
}

#[test]
fn an_impossible_time_says_nothing_about_others() {
    let versions = [
        ("1.0.0", "2031-01-01T00:00:00Z"),
        ("1.0.1", "2025-01-01T00:00:00Z"),
        ("1.0.1-rc.1", "2025-06-01T00:00:00Z"),
        ("1.0.2", "2025-02-01T00:00:00Z"),
    ];
    assert_eq!(
        days(None, &versions),
        ["-", "2025-01-01", "2025-06-01", "2025-02-01"]
    );
}

#[test]
fn extremes_do_not_panic() {
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let version = Version::new(1, 0, u64::MAX);
    for (created, time, now) in [
        (first, last, first),
        (last, first, last),
        (last, last, first),
    ] {
        plausible_times(
            Some(created),
            &[(Some(&version), Some(time)), (None, Some(time))],
            now,
        );
    }
}

proptest! {
    /// Versions that came one after the other are believed as they are.
    #[test]
    fn an_orderly_history_is_believed(gaps in prop::collection::vec(0..10_000_i64, 1..30)) {
        let mut time = at("2020-01-01T00:00:00Z");
        let mut history = Vec::new();
        for (number, gap) in gaps.iter().enumerate() {
            time += SignedDuration::from_mins(*gap);
            let number = number as u64;
            history.push((Version::new(number / 7, number / 3 % 2, number), time));
        }
        let pairs: Vec<_> = history.iter().map(|(version, time)| (Some(version), Some(*time))).collect();
        let times = plausible_times(Some(at("2020-01-01T00:00:00Z")), &pairs, at(NOW));
        let given: Vec<_> = pairs.iter().map(|(_, time)| *time).collect();
        prop_assert_eq!(times, given);
    }
}
