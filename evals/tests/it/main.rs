//! The harness against a stand-in for `lazaret`: a script that holds what has the word "evil" in it.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One document per package; "crash", "hang" and "garbage" in a package make it do that.
const STAND_IN: &str = r#"#!/bin/sh
command="$1"
batch=
for argument in "$@"; do
    case "$argument" in
    --jobs) batch=1 ;;
    *.tgz | *.json) files="$files $argument" ;;
    esac
done
echo "$@" >>"$0.asked"
[ "$command" = diff ] && files=${files##* }
code=0
for file in $files; do
    case "$file" in *.json) continue ;; esac
    text=$(zcat "$file" | tr -d '\0')
    case "$text" in
    *crash*) kill -SEGV $$ ;;
    *hang*) exec sleep 1000 ;;
    *garbage*) echo hello; exit 0 ;;
    *evil*) code=1; echo '{"schema":1,"outcome":"quarantine","score":8,"reasons":["evil"],"findings":[{"rule":"evil","severity":"high","novelty":"new"}],"incomplete":[]}' ;;
    *) echo '{"schema":1,"outcome":"allow","score":0,"reasons":[],"findings":[],"incomplete":[]}' ;;
    esac
done
exit $code
"#;

struct Harness {
    home: TempDir,
}

impl Harness {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("lazaret");
        fs::write(&program, STAND_IN).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { home }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.home.path().join(inside)
    }

    fn fixture(&self, name: &str, expect: &str, before: Option<&str>, after: &str) {
        let case = self.path("fixtures/tuned").join(name);
        let facts = "[registry]\npublished_after = \"2026-01-01T00:00:00Z\"\n";
        write(
            &case.join("case.toml"),
            &format!("expect = \"{expect}\"\n{facts}"),
        );
        if let Some(before) = before {
            write(&case.join("before/index.js"), before);
        }
        write(&case.join("after/index.js"), after);
    }

    /// Packages of the tree, as `corpus` leaves them.
    fn tree(&self, packages: &[(&str, &str)]) {
        let mut listed = Vec::new();
        for (name, code) in packages {
            let folder = self.path("work").join(name);
            write(&folder.join("package/index.js"), code);
            fs::create_dir_all(self.path("cache/tarballs")).unwrap();
            let packed = Command::new("tar")
                .arg("-czf")
                .arg(
                    self.path("cache/tarballs")
                        .join(format!("{name}@1.0.0.tgz")),
                )
                .arg("-C")
                .arg(&folder)
                .arg("package")
                .status()
                .unwrap();
            assert!(packed.success());
            listed.push(json!({
                "name": name, "version": "1.0.0", "integrity": "", "packed": 1, "unpacked": 1, "files": 1,
                "javascript_files": 1, "javascript": code.len(),
            }));
        }
        write(
            &self.path("cache/packages.json"),
            &json!(listed).to_string(),
        );
        write(&self.path("cache/pairs.json"), "[]");
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let report = self.path("report.json");
        let output = Command::new(env!("CARGO_BIN_EXE_lazaret-evals"))
            .arg("--lazaret")
            .arg(self.path("lazaret"))
            .arg("--evals")
            .arg(self.home.path())
            .arg("--cache")
            .arg(self.path("cache"))
            .arg("--json")
            .arg(&report)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&fs::read(report).unwrap()).unwrap()
    }

    /// The command lines that the stand-in was given.
    fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path("lazaret.asked")).unwrap();
        asked.lines().map(str::to_owned).collect()
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn recall_counts_what_is_held_and_asks_with_the_facts() {
    let harness = Harness::new();
    harness.fixture("first-version", "block", None, "evil");
    harness.fixture("update", "quarantine", Some("good"), "evil");
    harness.fixture("missed", "quarantine", Some("good"), "better");
    harness.fixture("ordinary", "note", Some("good"), "better");

    let report = harness.run(&["--jobs", "1", "recall"]);

    let recall = &report["recall"][0];
    assert_eq!(recall["flagged"]["hits"], 2);
    assert_eq!(recall["flagged"]["of"], 3);
    assert_eq!(recall["false_alarms"]["hits"], 0);
    assert_eq!(recall["cases"][0]["rules"], json!(["evil"]));
    let asked = harness.asked();
    let [first, .., last] = asked.as_slice() else {
        panic!("asked {asked:?}")
    };
    assert!(first.starts_with("inspect --format json --registry-facts "));
    assert!(last.starts_with("diff --format json --registry-facts "));
    assert!(last.contains("before.tgz") && last.ends_with("after.tgz"));
}

#[test]
fn a_crash_a_hang_and_garbage_are_no_verdicts() {
    let harness = Harness::new();
    harness.fixture("a-crash", "block", None, "crash");
    harness.fixture("b-hang", "block", None, "hang");
    harness.fixture("c-garbage", "block", None, "garbage");

    let report = harness.run(&["--limit", "2", "recall"]);

    let recall = &report["recall"][0];
    assert_eq!(recall["flagged"]["hits"], 0);
    let why = |at: usize| {
        recall["cases"][at]["reasons"][0]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(why(0).starts_with("killed by signal 11"), "{}", why(0));
    assert!(why(1).starts_with("took too long"), "{}", why(1));
    assert!(why(2).contains("not the expected JSON"), "{}", why(2));
}

#[test]
fn false_alarms_are_named() {
    let harness = Harness::new();
    harness.tree(&[("a", "good"), ("b", "evil"), ("c", "good")]);

    let report = harness.run(&["false-alarms", "cold"]);

    assert_eq!(report["cold"]["all"]["quarantine"]["hits"], 1);
    assert_eq!(report["cold"]["all"]["quarantine"]["of"], 3);
    assert_eq!(report["cold"]["held"][0]["what"], "b@1.0.0");
    assert_eq!(report["cold"]["rules"]["evil"]["high"], 1);
}

#[test]
fn one_process_for_many_packages_loses_none_when_it_dies() {
    let harness = Harness::new();
    harness.tree(&[("a", "good"), ("b", "evil"), ("c", "crash"), ("d", "evil")]);

    let report = harness.run(&["--batch", "4", "false-alarms", "cold"]);

    assert_eq!(report["cold"]["all"]["quarantine"]["hits"], 2);
    assert_eq!(report["cold"]["all"]["no_verdict"]["hits"], 1);
    let asked = harness.asked();
    assert!(asked[0].starts_with("inspect --format json --jobs 1 "));
    assert_eq!(asked.len(), 3, "the two that were not answered: {asked:?}");
}

#[test]
fn time_and_memory_are_those_of_the_child() {
    let harness = Harness::new();
    harness.tree(&[("a", "good"), ("b", "good")]);

    let report = harness.run(&["time"]);

    let time = &report["time"];
    assert_eq!(time["packages"], 2);
    assert!(time["wall_ms"]["median"].as_f64().unwrap() > 0.0);
    assert!(time["peak_megabytes"].as_f64().unwrap() > 0.5);
}

#[test]
fn hostile_input_that_is_called_clean_is_a_miss() {
    let harness = Harness::new();

    let report = harness.run(&["hostile", "--only", "arrays-1000"]);

    let hostile = &report["hostile"];
    assert_eq!(
        (&hostile["held"]["hits"], &hostile["held"]["of"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(hostile["inputs"][0]["outcome"], "allow");
}
