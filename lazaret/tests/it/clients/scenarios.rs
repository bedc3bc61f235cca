//! What a user of lazaret lives through, told once for all clients.

use std::fs;

use lazaret_testing::Npm;

use super::client::Client;
use super::harbour::{self, CHAIN, DEPENDENCIES, TREE};
use super::stage::{Run, Stage};
use crate::harness::files_under;
use crate::shapes::{GIT, GYP, PHANTOM, Shape, WORM};

/// A refusal is final: a client that meets one sends no more requests than this, all told.
const FEW: usize = 4;

const FIBRE: &str = "/fibre/-/fibre-2.1.3.tgz";

pub(super) fn a_small_tree_is_installed_and_installed_again_from_its_lockfile(client: &Client) {
    let stage = Stage::new(harbour::tree());
    stage.project(&DEPENDENCIES);
    stage.install(client).must_succeed();
    assert_is_the_tree(&stage);
    let lockfile = stage.file(client.lockfile);
    assert_eq!(
        lockfile.contains(&stage.tap.url()),
        client.lockfile_names_addresses,
        "{lockfile}"
    );

    stage.tap.clear();
    stage.frozen(client).must_succeed();
    assert_is_the_tree(&stage);
    let requests = stage.tap.requests();
    let (tarballs, others): (Vec<_>, Vec<_>) = requests
        .iter()
        .filter(|request| request.starts_with("GET "))
        .partition(|request| request.ends_with(".tgz"));
    assert_eq!(tarballs.len(), TREE.len(), "{requests:?}");
    assert_eq!(
        !others.is_empty(),
        client.frozen_reads_packuments,
        "{requests:?}"
    );
    // The client's caches were empty, lazaret's were not.
    assert_eq!(stage.npm.requests_to(FIBRE).len(), 1);
}

pub(super) fn a_withheld_newest_version_leaves_the_one_before(client: &Client) {
    let stage = Stage::new(harbour::with_young_versions());
    // `latest` was the withheld version; it must lead to the one before.
    for spec in ["^1.0.0", "latest"] {
        stage.project(&[("drifter", spec)]);
        stage.install(client).must_succeed();
        assert_eq!(stage.installed(), ["drifter@1.0.0"], "{spec}");
    }
    // lazaret itself may have looked into it meanwhile.
    assert_eq!(asked(&stage, &["/drifter/-/drifter-1.1.0.tgz"]), 0);
}

pub(super) fn an_exact_withheld_version_fails_fast(client: &Client) {
    let stage = Stage::new(harbour::with_young_versions());
    stage.project(&[("drifter", "1.1.0")]);
    let run = fails_fast(&stage, client);
    run.must_say("withheld", client.explains.withheld_version);
    run.must_say("cooldown", client.explains.withheld_version);
}

pub(super) fn a_package_with_every_version_withheld_says_why(client: &Client) {
    let stage = Stage::new(harbour::with_young_versions());
    stage.project(&[("novice", "^1.0.0")]);
    let run = fails_fast(&stage, client);
    run.must_say(
        "lazaret withheld every version of novice",
        client.explains.refused_packument,
    );
    if !client.explains.refused_packument {
        run.must_say("403", true);
    }
    assert_each_refusal_is_logged(&stage, &["novice"], asked(&stage, &["/novice"]));
}

pub(super) fn a_version_blocked_after_the_lockfile_was_written_is_refused(client: &Client) {
    let stage = Stage::new(harbour::tree());
    stage.project(&DEPENDENCIES);
    stage.install(client).must_succeed();

    let deny = "[[policy.deny]]\npackage = 'fibre@2.1.3'\nreason = 'seen to steal tokens'\n";
    stage.policy(deny, "fibre@2.1.3", "block");
    stage.tap.clear();
    let run = stage.frozen(client);
    run.must_fail();
    assert_not_installed(&stage);
    run.must_say(
        "lazaret withheld fibre@2.1.3",
        client.explains.refused_tarball,
    );
    run.must_say(client.names_blocked_as, true);
    let asked = asked(&stage, &[FIBRE, "/fibre@2.1.3"]);
    assert!(
        (1..=client.blocked_requests).contains(&asked),
        "{:?}",
        stage.tap.requests()
    );
    assert_each_refusal_is_logged(&stage, &["fibre", "2.1.3", "deny"], asked);
}

pub(super) fn wrong_bytes_are_refused(client: &Client) {
    let stage = Stage::new(harbour::with_wrong_bytes());
    stage.project(&DEPENDENCIES);
    let run = stage.install(client);
    run.must_fail();
    assert_not_installed(&stage);
    run.must_say(
        "lazaret refused fibre@2.1.3",
        client.explains.refused_tarball,
    );
    run.must_say("403", true);
    assert_eq!(asked(&stage, &[FIBRE]), 1, "{:?}", stage.tap.requests());
    for path in files_under(stage.lazaret().data()) {
        let kept = fs::read(&path).unwrap();
        assert!(
            kept != harbour::wrong_bytes(),
            "{} holds the wrong bytes",
            path.display()
        );
    }
}

pub(super) fn an_update_that_does_as_attacks_do_leaves_the_one_before(client: &Client) {
    let shape = Shape::read(WORM);
    let stage = Stage::new(shape.published(Npm::new()));
    let before = format!("{}@{}", shape.name, shape.before.number);
    for spec in ["^4.0.0", "latest"] {
        stage.project(&[(&shape.name, spec)]);
        stage.install(client).must_succeed();
        assert_eq!(stage.installed(), [&*before], "{spec}");
    }
    let file = shape.tarball();
    assert_eq!(asked(&stage, &[file.rsplit('/').next().unwrap()]), 0);
}

pub(super) fn an_exact_version_that_does_as_attacks_do_is_refused(client: &Client) {
    let shape = Shape::read(WORM);
    let stage = Stage::new(shape.published(Npm::new()));
    stage.project(&[(&shape.name, &shape.after.number)]);
    let run = fails_fast(&stage, client);
    run.must_say("withheld", client.explains.withheld_version);
    run.must_say("is what attacks do", client.explains.withheld_version);
}

/// The other shapes, with one client: what differs is what was done, not how clients ask.
pub(super) fn other_attacks_are_held_as_well(client: &Client) {
    for folder in [PHANTOM, GYP, GIT] {
        let shape = Shape::read(folder);
        let stage = Stage::new(shape.published(Npm::new()));
        let major = shape.before.number.split('.').next().unwrap();
        stage.project(&[(&shape.name, &format!("^{major}.0.0"))]);
        stage.install(client).must_succeed();
        let before = format!("{}@{}", shape.name, shape.before.number);
        assert!(
            stage.installed().contains(&before),
            "{folder}: {:?}",
            stage.installed()
        );
        stage.project(&[(&shape.name, &shape.after.number)]);
        let run = stage.install(client);
        run.must_fail();
        run.must_say("withheld by lazaret", true);
        run.must_say("since", true);
    }
}

/// An install that fails after few requests and installs nothing.
fn fails_fast(stage: &Stage, client: &Client) -> Run {
    let run = stage.install(client);
    run.must_fail();
    assert_eq!(stage.installed(), [""; 0]);
    let requests = stage.tap.requests();
    assert!(requests.len() <= FEW, "{requests:?}");
    run
}

fn assert_is_the_tree(stage: &Stage) {
    assert_eq!(stage.installed(), TREE);
    assert_eq!(
        stage.evaluate("require('@harbour/crane')").as_deref(),
        Some(CHAIN)
    );
    assert_eq!(stage.program("whistle").as_deref(), Some("whistle 1.2.0"));
    let answers = stage.tap.answers();
    assert!(
        answers.iter().all(|answer| answer.starts_with("200")),
        "{answers:?}"
    );
}

fn assert_not_installed(stage: &Stage) {
    assert!(
        !stage.installed().contains(&"fibre@2.1.3".to_owned()),
        "{:?}",
        stage.installed()
    );
    assert_eq!(stage.evaluate("require('@harbour/crane')"), None);
}

/// How many requests ended in one of these.
fn asked(stage: &Stage, ends: &[&str]) -> usize {
    let requests = stage.tap.requests();
    requests
        .iter()
        .filter(|request| ends.iter().any(|end| request.ends_with(end)))
        .count()
}

/// One line per refusal; a client that gives up takes requests back that lazaret then never gets to refuse.
fn assert_each_refusal_is_logged(stage: &Stage, words: &[&str], asked: usize) {
    let lines = stage.log_lines(&[&["refused"], words].concat());
    assert!(
        (1..=asked).contains(&lines.len()),
        "{asked} requests, but {}",
        stage.lazaret().log()
    );
}
