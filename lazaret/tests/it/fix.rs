//! `lazaret fix`: shown first, written as one, said as it is. With real clients: `clients/fix.rs`.

use crate::harness::{Home, Said, wait_until};
use insta::assert_snapshot;
use lazaret_testing::{FakeNpm, Npm};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn registry() -> FakeNpm {
    Npm::new()
        .package("chalk", |package| {
            package
                .version("5.5.0", |old| old)
                .version("5.6.0", |good| good)
                .version("5.6.1", |bad| bad)
        })
        .start_blocking()
}

/// A lockfile of version 3 of packages that are all asked for directly, and the manifest beside it.
fn project(npm: &FakeNpm, home: &Home, dependencies: &[(&str, &str, &str)]) {
    let mut packages = serde_json::Map::new();
    let mut asked = serde_json::Map::new();
    for (name, range, version) in dependencies {
        asked.insert((*name).to_owned(), json!(range));
        packages.insert(
            format!("node_modules/{name}"),
            json!({
                "version": version,
                "resolved": format!("https://registry.example/{name}/-/{name}-{version}.tgz"),
                "integrity": npm.integrity(name, version),
            }),
        );
    }
    packages.insert(String::new(), json!({"name": "app", "dependencies": asked}));
    let lockfile =
        json!({"name": "app", "lockfileVersion": 3, "requires": true, "packages": packages});
    let pretty = |value: &Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    home.write("app/package-lock.json", pretty(&lockfile));
    home.write(
        "app/package.json",
        pretty(&json!({"name": "app", "dependencies": asked})),
    );
}

fn fix(home: &Home, npm: &FakeNpm, more: &[&str]) -> Said {
    let url = npm.url();
    let mut arguments = vec![
        "fix",
        "app",
        "--data",
        "data",
        "--upstream",
        &url,
        "--package",
        "chalk@5.6.1",
    ];
    arguments.extend(more);
    home.run(&arguments)
}

fn text(home: &Home, path: &str) -> String {
    fs::read_to_string(home.path().join(path)).unwrap()
}

#[test]
fn without_a_terminal_and_without_yes_it_only_shows() {
    let (npm, home) = (registry(), Home::new());
    project(&npm, &home, &[("chalk", "^5.6.1", "5.6.1")]);
    let before = text(&home, "app/package-lock.json");
    let said = fix(&home, &npm, &[]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert_eq!(text(&home, "app/package-lock.json"), before);
    let shown = said
        .stdout
        .replace(&npm.integrity("chalk", "5.6.0"), "[good]")
        .replace(&npm.integrity("chalk", "5.6.1"), "[bad]");
    assert_snapshot!(shown, @r#"
    app/package-lock.json: 1 package, 1 of them bad
      malicious chalk@5.6.1 chalk-debug-2025-09, --package

    the plan:
      chalk@5.6.1 -> chalk@5.6.0
          because it is the last good version below it; package.json asks for "^5.6.0" now, no longer for "^5.6.1"

    --- a/package-lock.json
    +++ b/package-lock.json
    @@ -5,12 +5,12 @@
         "": {
           "dependencies": {
    -        "chalk": "^5.6.1"
    +        "chalk": "^5.6.0"
           },
           "name": "app"
         },
         "node_modules/chalk": {
    -      "integrity": "[bad]",
    -      "resolved": "https://registry.example/chalk/-/chalk-5.6.1.tgz",
    -      "version": "5.6.1"
    +      "integrity": "[good]",
    +      "resolved": "https://registry.example/chalk/-/chalk-5.6.0.tgz",
    +      "version": "5.6.0"
         }
       },

    --- a/package.json
    +++ b/package.json
    @@ -1,5 +1,5 @@
     {
       "dependencies": {
    -    "chalk": "^5.6.1"
    +    "chalk": "^5.6.0"
       },
       "name": "app"

    nothing was changed: with --yes 1 would be gone
    "#);
}

#[test]
fn what_was_changed_is_said_and_what_is_left_to_do() {
    let (npm, home) = (registry(), Home::new());
    project(&npm, &home, &[("chalk", "^5.6.1", "5.6.1")]);
    let said = fix(&home, &npm, &["--yes", "--report", "incident.md"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout
            .contains("1 gone (changed: package-lock.json, package.json)"),
        "{}",
        said.stdout
    );
    for command in [
        "npm cache clean --force",
        "lazaret scan",
        "lazaret who-has chalk@5.6.1",
    ] {
        assert!(said.stdout.contains(command), "{}", said.stdout);
    }
    // The campaign's own advice, not a general one.
    assert!(said.stdout.contains("crypto wallets"), "{}", said.stdout);
    assert!(text(&home, "app/package.json").contains("\"chalk\": \"^5.6.0\""));
    let report = text(&home, "incident.md");
    for part in [
        "# Incident: bad versions in app",
        "`chalk@5.6.1` becomes `chalk@5.6.0`",
        "```diff",
        "- [ ] clear caches",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!home.path().join("app/.lazaret-fix").exists());
}

#[test]
fn what_remains_is_told_with_its_reason() {
    let npm = Npm::new()
        .package("chalk", |package| {
            package
                .version("5.6.0", |good| good)
                .version("5.6.1", |bad| bad)
        })
        .package("rope", |package| package.version("1.0.0", |only| only))
        .start_blocking();
    let home = Home::new();
    project(
        &npm,
        &home,
        &[("chalk", "5.x", "5.6.1"), ("rope", "^1.0.0", "1.0.0")],
    );
    let said = fix(&home, &npm, &["--yes", "--package", "rope@1.0.0"]);
    assert_eq!(said.code, Some(5), "{}", said.stderr);
    let line = "1 gone, 1 remains because the registry has no other version";
    assert!(said.stdout.contains(line), "{}", said.stdout);
    assert!(text(&home, "app/package-lock.json").contains("\"5.6.0\""));
}

#[test]
fn a_registry_that_does_not_answer_changes_nothing() {
    let (npm, home) = (registry(), Home::new());
    project(&npm, &home, &[("chalk", "^5.6.1", "5.6.1")]);
    npm.fault("/chalk", lazaret_testing::Fault::status(403));
    let before = text(&home, "app/package-lock.json");
    let said = fix(&home, &npm, &["--yes"]);
    assert_eq!(said.code, Some(5), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("not asked"), "{}", said.stdout);
    assert_eq!(text(&home, "app/package-lock.json"), before);
}

#[test]
fn a_full_disk_leaves_every_file_as_it_was() {
    let (npm, home) = (registry(), Home::new());
    let old = workspaces(&npm, &home);
    let url = npm.url();
    let arguments = [
        "fix",
        "app",
        "--data",
        "data",
        "--upstream",
        &url,
        "--package",
        "chalk@5.6.1",
        "--yes",
    ];
    // Nothing can be written, then some, then all but the longest.
    for bytes in [0, 512, 4096] {
        let said = home.run_on_full_disk(bytes, &arguments);
        assert_eq!(
            said.code,
            Some(4),
            "{bytes}: {}{}",
            said.stdout,
            said.stderr
        );
        assert!(
            said.stderr.contains("File too large"),
            "{bytes}: {}",
            said.stderr
        );
        assert_eq!(state(&home, &old), (old.len(), 0), "{bytes}");
    }
    // With room again, it goes through.
    let said = home.run(&arguments);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert_eq!(state(&home, &old), (0, old.len()));
}

#[test]
fn what_is_not_understood_is_not_touched() {
    let (npm, home) = (registry(), Home::new());
    home.write("app/package.json", "{}");
    for (file, content, code) in [
        ("bun.lockb", "x", 3),
        ("yarn.lock", "<<<<<<< ours\n", 3),
        ("package-lock.json", "{\"lockfileVersion\": 9}", 3),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n  &a x: *a\n",
            3,
        ),
    ] {
        let path = home.write(&format!("app/{file}"), content);
        let said = fix(&home, &npm, &["--yes"]);
        assert_eq!(said.code, Some(code), "{file}: {}", said.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        fs::remove_file(path).unwrap();
    }
    home.write("app/package-lock.json", "{}");
    home.write("app/yarn.lock", "");
    assert_eq!(fix(&home, &npm, &["--yes"]).code, Some(2), "two lockfiles");
}

#[cfg(unix)]
#[test]
fn a_lockfile_that_the_package_manager_refuses_is_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let (npm, home) = (registry(), Home::new());
    project(&npm, &home, &[("chalk", "^5.6.1", "5.6.1")]);
    let before = text(&home, "app/package-lock.json");
    let client = home.write("bin/npm", "#!/bin/sh\necho no such thing as $*\nexit 1\n");
    fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
    let said = fix(&home, &npm, &["--yes", "--verify"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(
        said.stdout.contains("no such thing as ci --ignore-scripts"),
        "{}",
        said.stdout
    );
    assert_eq!(text(&home, "app/package-lock.json"), before);

    fs::write(
        &client,
        "#!/bin/sh\nset -e\nread -r all < package-lock.json\nexit 0\n",
    )
    .unwrap();
    let said = fix(&home, &npm, &["--yes", "--verify"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(text(&home, "app/package-lock.json").contains("\"5.6.0\""));
}

/// Many entries, of which one is bad: the work is in proportion to what changes, not to the square of what is there.
#[test]
fn two_thousand_entries_are_no_burden() {
    let mut npm = Npm::new().package("chalk", |package| {
        package
            .version("5.6.0", |good| good)
            .version("5.6.1", |bad| bad)
    });
    let names: Vec<String> = (0..2000).map(|number| format!("p{number}")).collect();
    for name in &names {
        npm = npm.package(name, |package| package.version("1.0.0", |one| one));
    }
    let npm = npm.start_blocking();
    let home = Home::new();
    let mut all: Vec<(&str, &str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), "^1.0.0", "1.0.0"))
        .collect();
    all.push(("chalk", "^5.0.0", "5.6.1"));
    project(&npm, &home, &all);
    let before = text(&home, "app/package-lock.json");
    npm.forget();
    let said = fix(&home, &npm, &["--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(npm.requests().len(), 1, "only what is bad is asked for");
    let after = text(&home, "app/package-lock.json");
    let differ = before
        .lines()
        .zip(after.lines())
        .filter(|(one, other)| one != other);
    assert_eq!(differ.count(), 3);
}

/// Folders whose `package.json` changes together with the lockfile: enough files that a kill falls between two of them.
const WORKSPACES: usize = 60;

fn workspaces(npm: &FakeNpm, home: &Home) -> BTreeMap<String, String> {
    let mut packages = serde_json::Map::new();
    let asked = json!({"chalk": "^5.6.1"});
    packages.insert(
        String::new(),
        json!({"name": "app", "workspaces": ["w/*"], "dependencies": asked}),
    );
    let mut files = BTreeMap::new();
    let manifest = json!({"name": "app", "workspaces": ["w/*"], "dependencies": asked});
    files.insert("package.json".to_owned(), manifest.to_string());
    for number in 0..WORKSPACES {
        let folder = format!("w/w{number}");
        let own = json!({"name": format!("w{number}"), "version": "1.0.0", "dependencies": asked});
        packages.insert(folder.clone(), own.clone());
        packages.insert(
            format!("node_modules/w{number}"),
            json!({"resolved": folder, "link": true}),
        );
        files.insert(format!("{folder}/package.json"), own.to_string());
    }
    packages.insert(
        "node_modules/chalk".to_owned(),
        json!({
            "version": "5.6.1",
            "resolved": "https://registry.example/chalk/-/chalk-5.6.1.tgz",
            "integrity": npm.integrity("chalk", "5.6.1"),
        }),
    );
    let lockfile =
        json!({"name": "app", "lockfileVersion": 3, "requires": true, "packages": packages});
    files.insert("package-lock.json".to_owned(), lockfile.to_string());
    for (path, content) in &files {
        home.write(&format!("app/{path}"), content);
    }
    files
}

/// The files as they are now; panics for one that is neither.
fn state(home: &Home, old: &BTreeMap<String, String>) -> (usize, usize) {
    let (mut olds, mut news) = (0, 0);
    for (path, content) in old {
        let now = text(home, &format!("app/{path}"));
        if now == *content {
            olds += 1;
        } else {
            assert!(
                now.contains("5.6.0") && !now.contains("5.6.1"),
                "{path} is torn: {now}"
            );
            news += 1;
        }
    }
    (olds, news)
}

fn spin(time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[test]
fn killed_at_any_moment_it_leaves_the_old_or_the_new_state() {
    let (npm, home) = (registry(), Home::new());
    let old = workspaces(&npm, &home);
    let url = npm.url();
    let arguments = [
        "fix",
        "app",
        "--data",
        "data",
        "--upstream",
        &url,
        "--package",
        "chalk@5.6.1",
        "--yes",
    ];
    let (mut torn, mut before, mut after) = (0, 0, 0);
    let journal = home.path().join("app/.lazaret-fix/journal.json");
    // The moments are spread over the whole run; most lie where files take each other's place.
    for round in 0_u64.. {
        if torn >= 3 && before >= 1 && round >= 12 {
            break;
        }
        assert!(
            round < 120,
            "no kill fell between two files: {before} before, {after} after"
        );
        workspaces(&npm, &home);
        let mut child = home.spawn(&arguments);
        if round % 4 == 3 {
            spin(Duration::from_micros(700 * (round % 40)));
        } else {
            wait_until("the journal is in force, or all is over", || {
                journal.exists() || child.try_wait().unwrap().is_some()
            });
            spin(Duration::from_micros((round * 337) % 4000));
        }
        let _ = child.kill();
        child.wait().unwrap();
        match state(&home, &old) {
            (_, 0) => before += 1,
            (0, _) => after += 1,
            _ => torn += 1,
        }
        let said = fix(&home, &npm, &["--dry-run"]);
        let (olds, news) = state(&home, &old);
        assert!(
            olds == 0 || news == 0,
            "{olds} old and {news} new files: {}",
            said.stderr
        );
        assert_eq!(
            said.code,
            Some(if news == 0 { 1 } else { 0 }),
            "{}{}",
            said.stdout,
            said.stderr
        );
        assert!(!Path::new(&home.path().join("app/.lazaret-fix")).exists());
    }
}
