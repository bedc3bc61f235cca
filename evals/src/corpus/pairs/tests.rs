use super::{Release, Spacing, Step, month_apart, newest_patch};

fn releases(all: &[(&str, &str)]) -> Vec<Release> {
    all.iter()
        .map(|(version, day)| Release {
            version: version.parse().unwrap(),
            published: format!("{day}T12:00:00Z").parse().unwrap(),
        })
        .collect()
}

#[test]
fn the_newest_release_with_one_about_a_month_older_wins() {
    let releases = releases(&[
        ("1.0.0", "2026-01-01"),
        ("1.1.0", "2026-02-01"),
        ("1.2.0", "2026-05-01"),
        ("1.2.1", "2026-05-28"),
        ("1.3.0", "2026-09-30"),
    ]);
    let pair = month_apart("x", &releases).unwrap();
    assert_eq!(
        (pair.before.as_str(), pair.after.as_str()),
        ("1.2.0", "1.2.1")
    );
    assert_eq!((pair.step, pair.days), (Step::Patch, 27.0));
}

#[test]
fn of_several_older_ones_the_highest_is_taken() {
    let releases = releases(&[
        ("1.0.0", "2026-05-01"),
        ("1.0.1", "2026-05-10"),
        ("1.1.0", "2026-06-09"),
    ]);
    let pair = month_apart("x", &releases).unwrap();
    assert_eq!((pair.before.as_str(), pair.step), ("1.0.1", Step::Minor));
}

#[test]
fn a_fix_of_an_old_line_is_no_update_of_the_new_one() {
    // 1.9.9 came after 2.0.0; nobody goes from 2.0.0 to 1.9.9.
    let releases = releases(&[("1.9.9", "2026-06-01"), ("2.0.0", "2026-05-01")]);
    assert!(month_apart("x", &releases).is_none());
}

#[test]
fn the_patch_subset_takes_neighbours_only() {
    let releases = releases(&[
        ("1.0.0", "2026-05-01"),
        ("1.0.1", "2026-05-02"),
        ("1.0.2", "2026-05-04"),
        ("1.1.0", "2026-06-09"),
    ]);
    let pair = newest_patch("x", &releases).unwrap();
    assert_eq!(
        (pair.before.as_str(), pair.after.as_str()),
        ("1.0.1", "1.0.2")
    );
    assert_eq!(pair.spacing, Spacing::Next);
}

#[test]
fn times_that_do_not_follow_the_versions_are_not_believed() {
    let releases = releases(&[
        ("1.0.0", "2026-09-01"),
        ("1.0.1", "2026-05-02"),
        ("1.0.2", "2026-06-01"),
    ]);
    assert!(month_apart("x", &releases).is_none());
    assert!(newest_patch("x", &releases).is_none());
}

#[test]
fn nobody_goes_from_one_to_six_in_a_month() {
    let releases = releases(&[("1.0.0", "2026-05-01"), ("6.0.1", "2026-06-01")]);
    assert!(month_apart("x", &releases).is_none());
}
