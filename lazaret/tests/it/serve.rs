//! `lazaret serve`: starting, noticing what changes, stopping.

use crate::harness::{Home, Lazaret, Start, get, left_pad, malicious, wait_until, zip};
use insta::assert_snapshot;
use lazaret_testing::{Fault, Fixed};

/// What is decided about a version: `allow`, `block`, ...
fn outcome(lazaret: &Lazaret, id: &str) -> String {
    let (_, body) = get(&format!("{}/-/lazaret/why/{id}", lazaret.url()));
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    answer["outcome"].as_str().unwrap_or(&body).to_owned()
}

#[test]
fn says_where_it_listens_and_what_to_type_next() {
    let npm = left_pad();
    let lazaret = Lazaret::start(npm.url());
    let lines = [lazaret.line().unwrap(), lazaret.line().unwrap()].join("\n");
    let lines = lines
        .replace(lazaret.url(), "[lazaret]")
        .replace(npm.origin(), "[npm]");
    assert_snapshot!(lines, @r"
    packages come from [npm]/ (flag --upstream)
    point npm at it, in a project:  npm config set registry [lazaret]/ --location=project
    ");
    let (status, body) = get(&format!("{}/left-pad", lazaret.url()));
    assert_eq!(status, 200);
    assert!(body.contains("\"latest\":\"1.1.0\""), "{body}");
}

#[test]
fn a_changed_policy_takes_effect_and_a_wrong_one_does_not() {
    let npm = left_pad();
    let lazaret = Lazaret::start(npm.url());
    assert_eq!(outcome(&lazaret, "left-pad@1.0.0"), "allow");

    lazaret
        .configure("[[policy.deny]]\npackage = \"left-pad@1.0.0\"\nreason = \"ours is better\"\n");
    wait_until("the deny holds", || {
        outcome(&lazaret, "left-pad@1.0.0") == "block"
    });
    assert_eq!(outcome(&lazaret, "left-pad@1.1.0"), "allow");

    lazaret.configure("[policy]\nmalicious = \"off\"\n\n[[policy.deni]]\n");
    lazaret.wait_for_log("lazaret.toml:4:10: unknown key `deni`");
    lazaret.wait_for_log("what was in force stays in force");
    assert_eq!(outcome(&lazaret, "left-pad@1.0.0"), "block");

    lazaret.configure("[cache]\nfresh-for = 1\n");
    wait_until("the deny is lifted", || {
        outcome(&lazaret, "left-pad@1.0.0") == "allow"
    });
    lazaret.wait_for_log("cache.fresh-for changed: it takes effect at the next start");
}

#[test]
fn imported_advisories_take_effect_without_a_restart() {
    let npm = left_pad();
    let lazaret = Lazaret::start(npm.url());
    lazaret.wait_for_log("there are no advisories");
    assert_eq!(outcome(&lazaret, "left-pad@1.1.0"), "allow");

    let home = Home::new();
    let record = home.write(
        "MAL-2026-1.json",
        malicious("MAL-2026-1", "left-pad", &["1.1.0"]),
    );
    let data = lazaret.data().to_str().unwrap();
    let said = home.run(&[
        "advisories",
        "import",
        record.to_str().unwrap(),
        "--data",
        data,
    ]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    wait_until("the advisory holds", || {
        outcome(&lazaret, "left-pad@1.1.0") == "block"
    });
    assert_eq!(outcome(&lazaret, "left-pad@1.0.0"), "allow");
    lazaret.wait_for_log("new advisories are in force");

    // Half an index is no reason to forget the whole one.
    let index = lazaret.data().join("advisories.index");
    let bytes = std::fs::read(&index).unwrap();
    std::fs::write(&index, &bytes[..bytes.len() / 2]).unwrap();
    lazaret.wait_for_log("what was known stays in force");
    assert_eq!(outcome(&lazaret, "left-pad@1.1.0"), "block");
}

#[test]
fn the_feed_is_synced_while_serving() {
    let npm = left_pad();
    let export = zip(&[("MAL-2026-1.json", &malicious("MAL-2026-1", "left-pad", &[]))]);
    npm.route("/osv/npm/all.zip", Fixed::new(export).etag("\"one\""));
    let lazaret = Start::new(npm.url())
        .variable(
            "LAZARET_ADVISORIES_FEED",
            &format!("{}osv/npm/all.zip", npm.url()),
        )
        .start();
    wait_until("the advisory holds", || {
        outcome(&lazaret, "left-pad@1.1.0") == "block"
    });
    lazaret.wait_for_log("the feed of advisories was taken over");
}

#[test]
fn running_requests_are_finished_before_it_stops() {
    let npm = left_pad();
    let mut lazaret = Lazaret::start(npm.url());
    npm.fault("/left-pad", Fault::hold());
    let url = format!("{}/left-pad", lazaret.url());
    let asker = std::thread::spawn(move || get(&url));
    wait_until("the request has reached the registry", || {
        !npm.requests_to("/left-pad").is_empty()
    });
    let log = lazaret.home().join("stderr.log");
    let asked = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| lazaret.terminate());
        wait_until("it has begun to stop", || {
            std::fs::read_to_string(&log).unwrap().contains("stopping")
        });
        npm.heal_all();
        stopping.join().unwrap()
    });
    assert_eq!(asked.code(), Some(0));
    assert_eq!(asker.join().unwrap().0, 200);
}

#[test]
fn a_data_directory_has_one_server() {
    let npm = left_pad();
    let lazaret = Lazaret::start(npm.url());
    let data = lazaret.data().to_str().unwrap();
    let said = Home::new().run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        &npm.url(),
        "--data",
        data,
    ]);
    assert_eq!(said.code, Some(2));
    let said = said
        .stderr
        .replace(data, "[data]")
        .replace(&lazaret.id().to_string(), "[id]");
    assert_snapshot!(said, @"error: the data directory [data] is in use by process [id]: stop that server, or give this one its own with --data");
}

#[test]
fn a_taken_port_is_said_with_its_remedy() {
    let npm = left_pad();
    let lazaret = Lazaret::start(npm.url());
    let address = lazaret.url().trim_start_matches("http://");
    let said = Home::new().run(&[
        "serve",
        "--listen",
        address,
        "--upstream",
        &npm.url(),
        "--data",
        "data",
    ]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr.replace(address, "[address]"), @"error: cannot listen on [address]: Address already in use (os error 98); is another lazaret running? --listen takes another port");
}

#[test]
fn npm_that_points_here_already_is_no_upstream() {
    let home = Home::new();
    home.write(".npmrc", "registry=http://localhost:4040/\n");
    let said = home.run(&["serve", "--data", "data"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @r"
    error: the registry in [home]/.npmrc is lazaret itself (http://localhost:4040/), so lazaret does not know where packages come from.
    Say it with --upstream, LAZARET_UPSTREAM or `[upstream] registry` in lazaret.toml, for example:
      lazaret serve --upstream URL
    ");
    home.write("user", "registry=https://registry.example/npm\n");
    let said = home.run_with(
        &["serve", "--data", "data"],
        &[("npm_config_userconfig", "user")],
    );
    assert_snapshot!(said.stderr, @r"
    error: the registry in [home]/.npmrc is lazaret itself (http://localhost:4040/), so lazaret does not know where packages come from.
    Say it with --upstream, LAZARET_UPSTREAM or `[upstream] registry` in lazaret.toml, for example:
      lazaret serve --upstream https://registry.example/npm
    ");
}

#[test]
fn a_damaged_index_is_no_empty_one() {
    let home = Home::new();
    home.write("data/advisories.index", "lazadvis, or so it says");
    let said = home.run(&[
        "serve",
        "--data",
        "data",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        "http://127.0.0.1:1/",
    ]);
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr, @"error: [home]/data/advisories.index: the advisory index has form 1919885356, this program reads form 2; import or sync the advisories again");
}

#[test]
fn logs_are_json_where_that_is_asked_for() {
    let npm = left_pad();
    let mut lazaret = Start::new(npm.url())
        .argument("--log-format")
        .argument("json")
        .start();
    lazaret.wait_for_log("there are no advisories");
    lazaret.terminate();
    for line in lazaret.log().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn what_it_kept_is_there_after_a_restart() {
    let npm = left_pad();
    let home = Home::new();
    let data = home.path().join("data");
    let mut first = Start::new(npm.url()).data(&data).start();
    assert_eq!(
        get(&format!("{}/left-pad/-/left-pad-1.0.0.tgz", first.url())).0,
        200
    );
    assert_eq!(first.terminate().code(), Some(0));

    npm.offline();
    let second = Start::new(npm.url()).data(&data).start();
    assert_eq!(
        get(&format!("{}/left-pad/-/left-pad-1.0.0.tgz", second.url())).0,
        200
    );
    assert_eq!(get(&format!("{}/left-pad", second.url())).0, 200);
}

#[test]
fn what_would_surprise_is_said_at_the_start() {
    let npm = left_pad();
    let expired = "[[policy.allow]]\npackage = \"left-pad\"\nreason = \"until we are off it\"\nuntil = 2020-12-31\n";
    let lazaret = Start::new(npm.url())
        .config(expired)
        .listen("0.0.0.0:0")
        .start();
    lazaret.wait_for_log("the allow entry for left-pad ran out (2020-12-31)");
    lazaret.wait_for_log("say --public-url http://NAME:");
}
