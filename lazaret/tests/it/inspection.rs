//! The mirror inspects what it serves: what clients get, how often somebody is asked, and what happens when it cannot.

mod ahead;
mod failures;

use std::io::{Read, Write};
use std::path::Path;
use std::thread;

use lazaret_testing::Npm;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::harness::{Home, Lazaret, Start, get, wait_until};
use crate::shapes::{GIT, GYP, PHANTOM, Shape, WORM, days_ago, tarball};

/// What the page of a version says as JSON.
fn why(lazaret: &Lazaret, id: &str) -> Value {
    let (status, body) = get(&format!("{}/-/lazaret/why/{id}", lazaret.url()));
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn status(lazaret: &Lazaret, path: &str) -> u16 {
    get(&format!("{}{path}", lazaret.url())).0
}

/// The versions that a document lists, and what `latest` names.
fn document(lazaret: &Lazaret, name: &str) -> (Vec<String>, String) {
    let (status, body) = get(&format!("{}/{name}", lazaret.url()));
    assert_eq!(status, 200, "{body}");
    let document: Value = serde_json::from_str(&body).unwrap();
    let versions = document["versions"].as_object().unwrap();
    let latest = document["dist-tags"]["latest"].as_str().unwrap();
    (versions.keys().cloned().collect(), latest.to_owned())
}

/// How many inspections came to an end, by what they say.
fn inspections(lazaret: &Lazaret, outcome: &str) -> u64 {
    let (_, metrics) = get(&format!("{}/-/metrics", lazaret.url()));
    let series = format!("lazaret_inspection_seconds_count{{outcome=\"{outcome}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&*series));
    line.map_or(0, |count| count.parse().unwrap())
}

fn all_inspections(lazaret: &Lazaret) -> u64 {
    ["allow", "note", "quarantine", "block"]
        .iter()
        .map(|outcome| inspections(lazaret, outcome))
        .sum()
}

/// Changes the database behind the server's back.
fn change(database: &Path, statement: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    });
}

/// An old, harmless version and a young, harmless one.
fn harmless() -> Npm {
    Npm::new().package("lamp", |package| {
        package
            .version("1.0.0", |old| old.published("2020-01-01T00:00:00Z"))
            .version("1.0.1", |young| young.published(&days_ago(10)))
    })
}

#[test]
fn documents_do_not_offer_what_does_as_attacks_do() {
    for folder in [WORM, PHANTOM, GYP, GIT] {
        let shape = Shape::read(folder);
        let npm = shape.published(Npm::new()).start_blocking();
        let lazaret = Lazaret::start(npm.url());
        let (versions, latest) = document(&lazaret, &shape.name);
        assert_eq!(versions, [&*shape.before.number], "{folder}");
        assert_eq!(latest, shape.before.number, "{folder}");
        // Asked for all the same, as lockfiles do.
        let (status, body) = get(&format!("{}{}", lazaret.url(), shape.tarball()));
        assert_eq!(status, 403, "{folder}: {body}");
        assert!(body.contains("lazaret withheld"), "{folder}: {body}");
        let id = format!("{}@{}", shape.name, shape.after.number);
        let why = why(&lazaret, &id);
        assert_eq!(why["reasons"][0]["rule"], "behaviour", "{folder}: {why}");
        // The version before is compared with, and served.
        let before = tarball(&shape.name, &shape.before.number);
        assert_eq!(self::status(&lazaret, &before), 200, "{folder}");
    }
}

#[test]
fn a_tarball_is_inspected_before_it_is_served() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let lazaret = Lazaret::start(npm.url());
    // No document was asked for before, as in an install from a lockfile.
    let (status, body) = get(&format!("{}{}", lazaret.url(), shape.tarball()));
    assert_eq!(status, 403, "{body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["lazaret"]["rule"], "behaviour");
    assert_eq!(told["lazaret"]["outcome"], "block");
    assert_eq!(inspections(&lazaret, "block"), 1);
    // From then on it is not offered.
    let (versions, _) = document(&lazaret, &shape.name);
    assert_eq!(versions, [&*shape.before.number]);
    lazaret.wait_for_log("refused");
}

#[test]
fn a_verdict_shows_what_was_found() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let lazaret = Lazaret::start(npm.url());
    assert_eq!(status(&lazaret, &shape.tarball()), 403);
    let id = format!("{}@{}", shape.name, shape.after.number);
    let told = why(&lazaret, &id);
    assert_eq!(told["inspection"]["outcome"], "block");
    assert_eq!(told["inspection"]["against"], shape.before.number);
    let findings = told["inspection"]["findings"].as_array().unwrap();
    let has = |rule: &str| {
        let mut findings = findings.iter();
        findings.any(|finding| finding.as_str().unwrap().starts_with(rule))
    };
    assert!(has("worm-publish (critical) bundle.js:1"), "{told}");
    assert!(findings.len() <= 10);

    let said = Home::new().run(&["why", &id, "--server", lazaret.url()]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    for words in [
        "behaviour (block)",
        "it does what attacks do; what is new since 4.1.0 was inspected",
        "- worm-publish (critical) bundle.js:1",
    ] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
}

/// Whoever installed it before it was known reads it in `npm audit`.
#[test]
fn audits_name_what_is_blocked() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let data = tempfile::TempDir::new().unwrap();
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    assert_eq!(status(&lazaret, &shape.tarball()), 403);
    drop(lazaret);
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    let tree = json!({ &shape.name: [&shape.before.number, &shape.after.number] });
    let answer = post(&lazaret, "/-/npm/v1/security/advisories/bulk", &tree);
    let found = answer[&shape.name].as_array().unwrap();
    assert_eq!(found.len(), 1, "{answer}");
    assert_eq!(found[0]["vulnerable_versions"], shape.after.number);
    assert_eq!(found[0]["severity"], "critical");
    let title = found[0]["title"].as_str().unwrap();
    assert!(
        title.starts_with("Blocked by lazaret: what it newly does"),
        "{title}"
    );
}

fn post(lazaret: &Lazaret, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let host = lazaret.url().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

#[test]
fn many_who_ask_at_once_are_one_inspection() {
    let npm = harmless().start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let path = tarball("lamp", "1.0.1");
    thread::scope(|scope| {
        let askers: Vec<_> = (0..50)
            .map(|_| {
                let url = format!("{}{path}", lazaret.url());
                scope.spawn(move || get(&url).0)
            })
            .collect();
        for asker in askers {
            assert_eq!(asker.join().unwrap(), 200);
        }
    });
    assert_eq!(all_inspections(&lazaret), 1);
    assert_eq!(npm.requests_to(&path).len(), 1);
    // Kept: nobody is asked again, not even after a restart.
    assert_eq!(status(&lazaret, &path), 200);
    assert_eq!(all_inspections(&lazaret), 1);
}

#[test]
fn a_verdict_survives_a_restart() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let data = tempfile::TempDir::new().unwrap();
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    assert_eq!(status(&lazaret, &shape.tarball()), 403);
    drop(lazaret);
    let lazaret = Start::new(npm.url()).data(data.path()).start();
    assert_eq!(status(&lazaret, &shape.tarball()), 403);
    let (versions, _) = document(&lazaret, &shape.name);
    assert_eq!(versions, [&*shape.before.number]);
    assert_eq!(all_inspections(&lazaret), 0);
}

/// What has been out for long is told of, and held only for what a report blocks and the version before did not do.
#[test]
fn old_versions_are_grandfathered() {
    let phantom = Shape::read(PHANTOM);
    let worm = Shape::read(WORM);
    let mut npm = phantom.published(Npm::new());
    npm = npm.package(&worm.name, |package| {
        package
            .version("4.0.0", |release| {
                worm.before
                    .packed(release)
                    .field("version", "4.0.0")
                    .published("2020-01-01T00:00:00Z")
            })
            .version("4.1.1", |release| {
                worm.after.packed(release).published("2020-02-01T00:00:00Z")
            })
    });
    // A single signal: the registry's manifest is another one.
    npm = npm.package("confused", |package| {
        package.version("1.0.0", |release| {
            release
                .published("2020-01-01T00:00:00Z")
                .manifest_field("dependencies", json!({"elsewhere": "^1.0.0"}))
        })
    });
    let npm = npm.start_blocking();
    let lazaret = Lazaret::start(npm.url());
    assert_eq!(status(&lazaret, &tarball("confused", "1.0.0")), 200);
    let told = why(&lazaret, "confused@1.0.0");
    assert_eq!(told["outcome"], "note");
    assert_eq!(told["reasons"][0]["rule"], "behaviour");
    assert_eq!(told["reasons"][1]["rule"], "manifest-confusion");
    // A chain that the version before did not have is held, however old it is.
    assert_eq!(status(&lazaret, &tarball(&worm.name, "4.1.1")), 403);
}

#[test]
fn observing_tells_and_holds_nobody_up() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let lazaret = Start::new(npm.url())
        .config("[inspection]\nmode = 'observe'\n")
        .start();
    assert_eq!(status(&lazaret, &shape.tarball()), 200);
    let id = format!("{}@{}", shape.name, shape.after.number);
    wait_until("the inspection is told", || {
        let why = why(&lazaret, &id);
        why["reasons"][0]["rule"] == "behaviour" && why["outcome"] == "note"
    });
    assert_eq!(status(&lazaret, &shape.tarball()), 200);
}

#[test]
fn without_inspection_nothing_is_inspected() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let lazaret = Start::new(npm.url())
        .config("[inspection]\nmode = 'off'\n")
        .start();
    assert_eq!(status(&lazaret, &shape.tarball()), 200);
    let id = format!("{}@{}", shape.name, shape.after.number);
    assert_eq!(why(&lazaret, &id)["outcome"], "allow");
    assert_eq!(all_inspections(&lazaret), 0);
    assert!(lazaret.log().contains("inspection is off"));
}

#[test]
fn a_waiver_lifts_what_behaviour_blocks() {
    let shape = Shape::read(WORM);
    let npm = shape.published(Npm::new()).start_blocking();
    let lazaret = Lazaret::start(npm.url());
    assert_eq!(status(&lazaret, &shape.tarball()), 403);
    let id = format!("{}@{}", shape.name, shape.after.number);
    lazaret.configure(&format!(
        "[[policy.allow]]\npackage = '{id}'\nreason = 'read by two of us'\nuntil = 2999-01-01\n"
    ));
    wait_until("the waiver is in force", || {
        status(&lazaret, &shape.tarball()) == 200
    });
}

/// Two bad versions in a row: the second is not compared with the first.
#[test]
fn a_planted_predecessor_makes_nothing_look_harmless() {
    let shape = Shape::read(WORM);
    let later = |release: lazaret_testing::Release, number: &str, days: i64| {
        shape
            .after
            .packed(release)
            .field("version", number)
            .published(&days_ago(days))
    };
    let npm = Npm::new().package(&shape.name, |package| {
        package
            .version(&shape.before.number, |release| {
                shape
                    .before
                    .packed(release)
                    .published("2024-04-18T03:00:00Z")
            })
            .version("4.1.1", |release| later(release, "4.1.1", 10))
            .version("4.1.2", |release| later(release, "4.1.2", 9))
    });
    let npm = npm.start_blocking();
    let lazaret = Lazaret::start(npm.url());
    // Only the second is asked for: nothing is known of the first.
    assert_eq!(status(&lazaret, &tarball(&shape.name, "4.1.2")), 403);
    let why = why(&lazaret, &format!("{}@4.1.2", shape.name));
    let text = why["reasons"][0]["text"].as_str().unwrap();
    assert!(text.contains("since 4.1.0"), "{text}");
}
