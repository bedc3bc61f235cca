//! What is inspected before anybody asks for it.

use jiff::Timestamp;
use lazaret_testing::Npm;
use tempfile::TempDir;

use super::{all_inspections, change, document, inspections, status, why};
use crate::harness::{Lazaret, Start, get, wait_until};
use crate::shapes::{Shape, WORM, days_ago, tarball};

/// A package of which a version in its cooldown is known.
fn young() -> Npm {
    let now = Timestamp::now().to_string();
    Npm::new().package("lamp", |package| {
        package
            .version("1.0.0", |old| old)
            .version("1.1.0", |young| young.published(&now))
    })
}

#[test]
fn a_version_in_its_cooldown_has_its_report_already() {
    let npm = young().start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let (versions, _) = document(&lazaret, "lamp");
    assert_eq!(versions, ["1.0.0"]);
    wait_until("it is inspected by itself", || {
        all_inspections(&lazaret) == 1
    });
    assert_eq!(npm.requests_to(&tarball("lamp", "1.1.0")).len(), 1);
    // Its cooldown is over: it is served at once.
    lazaret.configure("[policy]\ncooldown = 'off'\n");
    wait_until("the cooldown is over", || {
        document(&lazaret, "lamp").0.len() == 2
    });
    assert_eq!(status(&lazaret, &tarball("lamp", "1.1.0")), 200);
    assert_eq!(all_inspections(&lazaret), 1);
    assert_eq!(npm.requests_to(&tarball("lamp", "1.1.0")).len(), 1);
}

#[test]
fn what_appears_is_inspected_and_held_before_its_cooldown_ends() {
    let shape = Shape::read(WORM);
    let npm = Npm::new().package(&shape.name, |package| {
        package.version(&shape.before.number, |release| shape.before.packed(release))
    });
    let npm = npm.start_blocking();
    let lazaret = Start::new(npm.url())
        .config("[cache]\nfresh-for = 0\nrevalidate-within = 0\n")
        .start();
    assert_eq!(document(&lazaret, &shape.name).0.len(), 1);
    let now = Timestamp::now().to_string();
    npm.publish(&shape.name, &shape.after.number, |release| {
        shape.after.packed(release).published(&now)
    });
    wait_until("it is inspected by itself", || {
        // In its cooldown, and then for what it does.
        assert_eq!(document(&lazaret, &shape.name).0.len(), 1);
        inspections(&lazaret, "block") == 1
    });
    let id = format!("{}@{}", shape.name, shape.after.number);
    let why = why(&lazaret, &id);
    assert_eq!(why["outcome"], "block", "{why}");
    let events = lazaret.log();
    assert!(events.contains("inspected"), "{events}");
}

/// The registry holds the tarball back; the server is killed; the next one takes the queue up where it was.
#[test]
fn the_queue_survives_a_kill() {
    let npm = young().start_blocking();
    let path = tarball("lamp", "1.1.0");
    npm.fault(&path, lazaret_testing::Fault::hold());
    let data = TempDir::new().unwrap();
    let mut lazaret = Start::new(npm.url()).data(data.path()).start();
    document(&lazaret, "lamp");
    wait_until("the queue is at work", || npm.requests_to(&path).len() == 1);
    lazaret.kill();
    npm.heal_all();
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    // Nobody asks for anything.
    wait_until("the queue goes on", || all_inspections(&lazaret) == 1);
}

#[test]
fn a_failure_is_tried_again_later_and_does_not_stop_the_others() {
    let now = Timestamp::now().to_string();
    let npm = young()
        .package("oar", |package| {
            package.version("1.0.0", |young| young.published(&now))
        })
        .start_blocking();
    let path = tarball("lamp", "1.1.0");
    npm.fault(&path, lazaret_testing::Fault::status(404));
    let lazaret = Lazaret::start(npm.url());
    document(&lazaret, "lamp");
    lazaret.wait_for_log("an inspection failed and is tried again");
    // Every version is held: the answer is 403, and the version is queued all the same.
    assert_eq!(status(&lazaret, "/oar"), 403);
    wait_until("the other one is inspected", || {
        all_inspections(&lazaret) == 1
    });
}

#[test]
fn what_fails_again_and_again_is_a_dead_letter_until_somebody_asks() {
    let npm = young().start_blocking();
    let path = tarball("lamp", "1.1.0");
    npm.fault(&path, lazaret_testing::Fault::status(500));
    let data = TempDir::new().unwrap();
    let mut lazaret = Start::new(npm.url()).data(data.path()).start();
    document(&lazaret, "lamp");
    lazaret.wait_for_log("an inspection failed and is tried again");
    lazaret.terminate();
    // Days later.
    let database = data.path().join("lazaret.db");
    change(
        &database,
        "update inspection_queue set attempts = 4, not_before = 0",
    );
    let lazaret = Start::new(npm.url())
        .data(data.path())
        .config("[policy]\ncooldown = 'off'\n")
        .start();
    lazaret.wait_for_log("an inspection failed for good");
    wait_until("it is counted", || gauge(&lazaret, "dead") == 1);
    npm.heal_all();
    assert_eq!(status(&lazaret, &path), 200);
    assert_eq!(gauge(&lazaret, "dead"), 0);
    assert_eq!(all_inspections(&lazaret), 1);
}

#[test]
fn what_an_older_inspector_saw_is_inspected_again() {
    let npm = super::harmless().start_blocking();
    let path = tarball("lamp", "1.0.1");
    let data = TempDir::new().unwrap();
    let mut lazaret = Start::new(npm.url()).data(data.path()).start();
    assert_eq!(status(&lazaret, &path), 200);
    lazaret.terminate();
    let database = data.path().join("lazaret.db");
    change(
        &database,
        "update inspection set inspector = '0.0.0', outcome = 'block'",
    );
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    lazaret.wait_for_log("inspected");
    wait_until("it is served again", || status(&lazaret, &path) == 200);
    assert_eq!(all_inspections(&lazaret), 1);
    assert_eq!(gauge(&lazaret, "waiting"), 0);
    // Nobody touched the package for years: worth a note.
    let why = why(&lazaret, "lamp@1.0.1");
    assert_eq!(why["inspection"]["outcome"], "note", "{why}");
}

/// How many wait, or are dead.
fn gauge(lazaret: &Lazaret, which: &str) -> u64 {
    let (_, metrics) = get(&format!("{}/-/metrics", lazaret.url()));
    let series = format!("lazaret_inspections_{which} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&*series));
    line.unwrap().parse().unwrap()
}

/// Nobody asks for what an update newly depends on, and it is looked at all the same.
#[test]
fn what_an_update_brings_is_inspected_after_it() {
    let now = Timestamp::now().to_string();
    let npm = Npm::new()
        .package("oar", |package| {
            package.version("1.0.0", |old| old.published("2020-01-01T00:00:00Z"))
        })
        .package("boat", |package| {
            package
                .version("1.0.0", |old| old.published("2020-01-01T00:00:00Z"))
                .version("1.1.0", |young| {
                    young
                        .published(&now)
                        .field("dependencies", serde_json::json!({"oar": "^1.0.0"}))
                })
        })
        .start_blocking();
    let lazaret = Lazaret::start(npm.url());
    document(&lazaret, "boat");
    wait_until("both are inspected", || all_inspections(&lazaret) == 2);
    assert_eq!(npm.requests_to(&tarball("oar", "1.0.0")).len(), 1);
}

/// The bad one is neither what `latest` names nor the highest of its major line: a range that leads to it finds the one
/// before, and is not refused.
#[test]
fn an_older_line_does_not_offer_what_does_as_attacks_do() {
    let shape = Shape::read(WORM);
    let number = &shape.before.number;
    let (major, rest) = number.split_once('.').unwrap();
    let minor: u32 = rest.split('.').next().unwrap().parse().unwrap();
    let bad = format!("{major}.{minor}.999");
    let newest = format!("{major}.{}.0", minor + 1);
    let npm = Npm::new()
        .package(&shape.name, |package| {
            package
                .version(number, |release| {
                    shape
                        .before
                        .packed(release)
                        .published("2020-01-01T00:00:00Z")
                })
                .version(&bad, |release| {
                    let release = shape.after.packed_as(&bad, release);
                    release.published(&days_ago(10))
                })
                .version(&newest, |release| {
                    let release = shape.before.packed_as(&newest, release);
                    release.published(&days_ago(9))
                })
        })
        .start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let (mut versions, latest) = document(&lazaret, &shape.name);
    versions.sort();
    assert_eq!(latest, newest);
    assert_eq!(versions, [number.clone(), newest]);
}
