//! `lazaret why`.

use crate::harness::{Home, Lazaret, malicious};
use insta::assert_snapshot;
use jiff::Timestamp;
use lazaret_testing::Npm;

#[test]
fn says_what_is_decided_and_ends_accordingly() {
    let yesterday = (Timestamp::now() - jiff::SignedDuration::from_hours(24)).to_string();
    let npm = Npm::new()
        .package("left-pad", |package| {
            package
                .version("1.0.0", |release| release.published("2020-01-01T00:00:00Z"))
                .version("1.1.0", |release| release.published("2021-01-01T00:00:00Z"))
                .version("1.2.0", |release| release.published(&yesterday))
        })
        .start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let home = Home::new();
    let record = home.write(
        "MAL-2026-1.json",
        malicious("MAL-2026-1", "left-pad", &["1.1.0"]),
    );
    home.run(&[
        "advisories",
        "import",
        record.to_str().unwrap(),
        "--data",
        lazaret.data().to_str().unwrap(),
    ]);
    lazaret.wait_for_log("new advisories are in force");
    let why = |id: &str, more: &[&str]| {
        home.run(&[&["why", id, "--server", lazaret.url()], more].concat())
    };

    assert_eq!(why("left-pad@1.0.0", &[]).code, Some(0));
    let held = why("left-pad@1.2.0", &[]);
    assert_eq!(held.code, Some(1), "{}", held.stdout);
    let blocked = why("left-pad@1.1.0", &[]);
    assert_eq!(blocked.code, Some(5), "{}", blocked.stdout);
    let verdict = blocked.stdout.split("\nevidence").next().unwrap();
    let today = &Timestamp::now().to_string()[..10];
    assert_snapshot!(verdict.replace(today, "[today]"), @r"
    left-pad@1.1.0 is blocked

      malicious (block)
        reported as malicious by MAL-2026-1, known since [today]
        https://osv.dev/vulnerability/MAL-2026-1
    ");
    assert!(
        blocked.stdout.contains("2021-01-01T00:00:00Z"),
        "{}",
        blocked.stdout
    );

    let json = why("left-pad@1.1.0", &["--format", "json"]);
    assert_eq!(json.code, Some(5));
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (answer["schema"].as_u64(), answer["outcome"].as_str()),
        (Some(1), Some("block"))
    );

    let unknown = why("left-pad@9.9.9", &[]);
    assert_eq!(unknown.code, Some(3));
    assert_snapshot!(unknown.stderr.replace(lazaret.url(), "[lazaret]"), @"error: [lazaret]/ answers 404: left-pad has no version or tag 9.9.9");
}

#[test]
fn a_mirror_that_is_not_there_is_not_clean() {
    let said = Home::new().run_with(
        &["why", "left-pad@1.0.0"],
        &[("LAZARET_LISTEN", "127.0.0.1:1")],
    );
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr, @"error: the mirror at http://127.0.0.1:1/ could not be asked (is `lazaret serve` running there?): 127.0.0.1:1 cannot be reached (Connection refused (os error 111)): check the network, the upstream's address and HTTPS_PROXY");
}

#[test]
fn something_else_than_lazaret_is_not_believed() {
    let npm = Npm::new().start_blocking();
    npm.route(
        "/-/lazaret/why/left-pad@1.0.0",
        lazaret_testing::Fixed::new("{\"schema\":2}").content_type("application/json"),
    );
    let said = Home::new().run(&["why", "left-pad@1.0.0", "--server", &npm.url()]);
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr.replace(npm.origin(), "[npm]"), @"error: [npm]/ does not answer like lazaret: the answer has schema 2, this program understands 1");
}

#[test]
fn author_controlled_text_cannot_reach_the_terminal() {
    let npm = Npm::new().start_blocking();
    let answer = serde_json::json!({
        "schema": 1, "id": "left-pad@1.0.0", "outcome": "quarantine",
        "reasons": [{ "rule": "cooldown", "effect": "quarantine", "text": "\u{1b}[2Jclean\r\n\u{202e}", "until": null, "url": "javascript:\u{7}" }],
        "evidence": { "title\u{1b}": ["\u{9b}1m"] }
    });
    let body = serde_json::to_vec(&answer).unwrap();
    npm.route(
        "/-/lazaret/why/left-pad@1.0.0",
        lazaret_testing::Fixed::new(body).content_type("application/json"),
    );
    let said = Home::new().run(&["why", "left-pad@1.0.0", "--server", &npm.url()]);
    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.stdout, @r#"
    left-pad@1.0.0 is held in quarantine

      cooldown (quarantine)
        \u{1b}[2Jclean\r\n\u{202e}
        javascript:\u{7}

    evidence
      title\u{1b}  ["\u{9b}1m"]
    "#);
}

#[test]
fn only_exact_versions_are_asked_for() {
    for id in ["left-pad", "left-pad@^1", "Left Pad@1.0.0"] {
        assert_eq!(Home::new().run(&["why", id]).code, Some(2), "{id}");
    }
}
