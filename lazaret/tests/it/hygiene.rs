//! `lazaret hygiene`: own files are read in workers, the registry is asked, what nobody knows is unknown.

use crate::harness::Home;
use lazaret_testing::{FakeNpm, Npm};
use serde_json::{Value, json};
use std::process::Command;

fn npm() -> FakeNpm {
    Npm::new()
        .package("boat", |package| {
            package.version("1.0.0", |release| {
                release
                    .published("2020-01-01T00:00:00Z")
                    .file("index.js", "one")
            })
        })
        .package("tool", |package| {
            package.version("1.0.0", |release| {
                release
                    .published("2026-01-01T00:00:00Z")
                    .bin("run-tool", "a.js")
                    .file("a.js", "two")
            })
        })
        .package("idle", |package| {
            package.version("1.0.0", |release| {
                release
                    .published("2026-01-01T00:00:00Z")
                    .deprecated("nobody looks after it \u{1b}[31m")
                    .file("index.js", "three")
            })
        })
        .start_blocking()
}

fn home() -> Home {
    let home = Home::new();
    let asked = json!({ "boat": "*", "idle": "*", "tool": "*" });
    let scripts = json!({ "build": "run-tool" });
    let root = json!({ "name": "ship", "dependencies": asked, "scripts": scripts });
    let entry = json!({ "version": "1.0.0" });
    let lock = json!({ "name": "ship", "lockfileVersion": 3, "packages": {
        "": root.clone(), "node_modules/boat": entry.clone(), "node_modules/idle": entry.clone(),
        "node_modules/tool": { "version": "1.0.0", "dependencies": { "plank": "1" } },
        "node_modules/plank": entry } });
    home.write("package.json", root.to_string());
    home.write("package-lock.json", lock.to_string());
    home.write(
        "src/a.ts",
        "import b from 'boat';\nimport p from 'plank';\nexport const c: number = 1;\n",
    );
    home
}

fn read(home: &Home, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["hygiene", "--data", "data", "--format", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let said = home.run(&all);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

fn state<'d>(document: &'d Value, name: &str) -> &'d str {
    let mut declared = document["declared"].as_array().unwrap().iter();
    let found = declared.find(|one| one["name"] == name).unwrap();
    found["used"]["state"].as_str().unwrap()
}

#[test]
fn what_is_declared_imported_and_known_is_told() {
    let npm = npm();
    let home = home();
    let document = read(&home, &["--upstream", &npm.url()]);
    assert_eq!(document["schema"], 1);
    assert_eq!(state(&document, "boat"), "ok");
    assert_eq!(state(&document, "tool"), "ok");
    assert_eq!(state(&document, "idle"), "found");
    let undeclared = &document["undeclared"][0];
    assert_eq!(undeclared["name"], "plank");
    assert_eq!(undeclared["places"][0]["line"], 2);
    assert_eq!(undeclared["comes_with"]["value"][0], "tool@1.0.0");
    let packages = document["packages"].as_array().unwrap();
    let boat = packages.iter().find(|one| one["name"] == "boat").unwrap();
    assert_eq!(boat["last_release"]["state"], "found");
    assert_eq!(document["looked_at"]["files"]["source"][0], "src/a.ts");

    let human = home.run(&[
        "hygiene",
        "--data",
        "data",
        "--upstream",
        &npm.url(),
        "--fail-on",
        "unused",
    ]);
    assert_eq!(human.code, Some(1), "{}", human.stderr);
    assert!(human.stdout.contains("idle"), "{}", human.stdout);
    assert!(
        human.stdout.contains("nobody looks after it"),
        "{}",
        human.stdout
    );
    assert!(!human.stdout.contains('\u{1b}'), "{}", human.stdout);
}

#[test]
fn without_a_registry_its_facts_are_unknown() {
    let home = home();
    let document = read(&home, &["--offline"]);
    assert_eq!(state(&document, "boat"), "ok", "it is imported");
    assert_eq!(state(&document, "idle"), "unknown", "it may have a command");
    for facts in document["packages"].as_array().unwrap() {
        for fact in ["deprecated", "last_release", "maintainers", "repository"] {
            assert_eq!(facts[fact]["state"], "unknown", "{facts}");
        }
    }
}

#[test]
fn a_registry_that_does_not_answer_makes_it_incomplete() {
    let home = home();
    let said = home.run(&[
        "hygiene",
        "--data",
        "data",
        "--upstream",
        "http://127.0.0.1:9/",
    ]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert!(said.stderr.contains("127.0.0.1:9"), "{}", said.stderr);
}

#[test]
fn since_when_nothing_names_it_git_tells() {
    let npm = npm();
    let home = home();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .current_dir(home.path())
            .args(["-c", "user.name=n", "-c", "user.email=e@code.invalid"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", "2024-05-01T12:00:00Z")
            .output()
            .unwrap();
        assert!(done.status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    home.write(".gitignore", "data\n");
    home.write("src/b.js", "import 'idle'\n");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    home.write("src/b.js", "\n");
    git(&["commit", "-q", "-a", "-m", "two"]);
    let url = npm.url();
    let arguments = ["hygiene", "--data", "data", "--upstream", &url];
    let path = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
    let human = home.run_with(&arguments, &path);
    assert!(
        human.stdout.contains("since 2024-05-01"),
        "{}",
        human.stdout
    );
    let json = [&arguments[..], &["--format", "json"]].concat();
    let said = home.run_with(&json, &path);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let declared = document["declared"].as_array().unwrap();
    let of = |name: &str| declared.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(
        of("idle")["unused_since"],
        json!({ "state": "found", "value": "2024-05-01T12:00:00Z" })
    );
    assert!(of("boat").get("unused_since").is_none());
    std::fs::remove_dir_all(home.path().join(".git")).unwrap();
    let human = home.run_with(&arguments, &path);
    assert!(human.stdout.contains("since unknown"), "{}", human.stdout);
}
