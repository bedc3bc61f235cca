use lazaret_npm::lockfile::{Locked, Source};
use tempfile::TempDir;

use super::*;

/// A project's folder with these files.
fn ship(files: &[(&str, &str)]) -> TempDir {
    let ship = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = ship.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    ship
}

fn read(ship: &TempDir) -> InstalledProject {
    InstalledProject::read(&ship.path().join("node_modules")).unwrap()
}

fn entry<'p>(read: &'p InstalledProject, key: &str) -> &'p Locked {
    let mut entries = read.project.lockfile.entries.iter();
    let found = entries.find(|entry| &*entry.key == key);
    found.unwrap_or_else(|| panic!("{key} is missing: {:?}", keys(read)))
}

fn keys(read: &InstalledProject) -> Vec<&str> {
    let entries = read.project.lockfile.entries.iter();
    let mut keys: Vec<&str> = entries.map(|entry| &*entry.key).collect();
    keys.sort_unstable();
    keys
}

/// The keys that the dependencies of an entry lead to.
fn leads_to<'p>(read: &'p InstalledProject, key: &str) -> Vec<&'p str> {
    let dependencies = entry(read, key).dependencies.iter();
    let entries = &read.project.lockfile.entries;
    let mut keys: Vec<&str> = dependencies
        .filter_map(|dependency| Some(&*entries[dependency.to? as usize].key))
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn packages_are_connected_as_node_looks_for_them() {
    let ship = ship(&[
        (
            "package.json",
            r#"{"name": "ship", "version": "2.0.0", "dependencies": {"boat": "1"}, "devDependencies": {"@s/rope": "2"}, "optionalDependencies": {"sail": "1"}}"#,
        ),
        (
            "node_modules/boat/package.json",
            r#"{"name": "boat", "version": "1.0.0", "license": "MIT", "dependencies": {"@s/rope": "1", "gone": "1"}, "devDependencies": {"sail": "1"}, "scripts": {"install": "x"}}"#,
        ),
        (
            "node_modules/boat/node_modules/@s/rope/package.json",
            r#"{"name": "@s/rope", "version": "1.0.0", "dependencies": {"sail": "1"}}"#,
        ),
        (
            "node_modules/@s/rope/package.json",
            r#"{"name": "@s/rope", "version": "2.0.0"}"#,
        ),
        (
            "node_modules/sail/package.json",
            r#"{"name": "cloth", "version": "1.0.0", "os": ["linux"]}"#,
        ),
        ("node_modules/.bin/package.json", "{}"),
        ("node_modules/empty/readme", ""),
    ]);
    let read = read(&ship);
    assert_eq!((&read.unread, &read.left_out), (&vec![], &vec![]));
    assert_eq!(
        keys(&read),
        [
            "",
            "node_modules/@s/rope",
            "node_modules/boat",
            "node_modules/boat/node_modules/@s/rope",
            "node_modules/sail"
        ]
    );
    assert_eq!(read.project.name(), Some("ship"));
    assert_eq!(
        leads_to(&read, ""),
        [
            "node_modules/@s/rope",
            "node_modules/boat",
            "node_modules/sail"
        ]
    );
    assert_eq!(
        leads_to(&read, "node_modules/boat"),
        ["node_modules/boat/node_modules/@s/rope"]
    );
    assert_eq!(
        leads_to(&read, "node_modules/boat/node_modules/@s/rope"),
        ["node_modules/sail"]
    );
    let boat = entry(&read, "node_modules/boat");
    assert_eq!(boat.id(), "boat@1.0.0");
    assert_eq!(boat.license.as_deref(), Some("MIT"));
    assert_eq!(boat.has_install_script, Some(true));
    assert_eq!((&boat.integrity, &boat.resolved), (&None, &None));
    let sail = entry(&read, "node_modules/sail");
    assert_eq!(
        (&*sail.name, sail.alias.as_deref()),
        ("cloth", Some("sail"))
    );
    assert!(sail.is_platform_bound && !sail.dev && !sail.optional);
    assert!(entry(&read, "node_modules/@s/rope").dev);
}

#[cfg(unix)]
#[test]
fn links_lead_to_stores_and_workspaces_and_never_out() {
    use std::os::unix::fs::symlink;
    let outside = ship(&[("package.json", r#"{"name": "secret", "version": "6.6.6"}"#)]);
    let ship = ship(&[
        (
            "package.json",
            r#"{"name": "ship", "dependencies": {"boat": "1", "vendored": "file:./vendor"}}"#,
        ),
        (
            "node_modules/.odd/boat@1/node_modules/boat/package.json",
            r#"{"name": "boat", "version": "1.0.0", "dependencies": {"rope": "1"}}"#,
        ),
        (
            "node_modules/.odd/rope@1/node_modules/rope/package.json",
            r#"{"name": "rope", "version": "1.0.0"}"#,
        ),
        (
            "packages/one/package.json",
            r#"{"name": "one", "version": "0.1.0", "dependencies": {"oar": "1"}}"#,
        ),
        (
            "packages/one/node_modules/oar/package.json",
            r#"{"name": "oar", "version": "1.0.0"}"#,
        ),
        (
            "vendor/package.json",
            r#"{"name": "vendored", "version": "1.0.0"}"#,
        ),
        ("node_modules/stolen/readme", ""),
    ]);
    let modules = ship.path().join("node_modules");
    let link = |to: &str, from: &str| symlink(to, modules.join(from)).unwrap();
    link(".odd/boat@1/node_modules/boat", "boat");
    link(
        "../../rope@1/node_modules/rope",
        ".odd/boat@1/node_modules/rope",
    );
    link("../packages/one", "one");
    link("../vendor", "vendored");
    link("..", "circle");
    link(".", "self");
    link("nowhere", "broken");
    symlink(outside.path(), modules.join("secret")).unwrap();
    let file = outside.path().join("package.json");
    symlink(file, modules.join("stolen/package.json")).unwrap();
    let read = read(&ship);
    assert_eq!(
        keys(&read),
        [
            "",
            "node_modules/.odd/boat@1/node_modules/boat",
            "node_modules/.odd/rope@1/node_modules/rope",
            "node_modules/secret",
            "node_modules/stolen",
            "packages/one",
            "packages/one/node_modules/oar",
            "vendor"
        ]
    );
    assert_eq!(
        leads_to(&read, "node_modules/.odd/boat@1/node_modules/boat"),
        ["node_modules/.odd/rope@1/node_modules/rope"]
    );
    assert_eq!(entry(&read, "packages/one").source, Source::Workspace);
    assert_eq!(
        leads_to(&read, "packages/one"),
        ["packages/one/node_modules/oar"]
    );
    assert_eq!(entry(&read, "vendor").source, Source::Folder);
    let secret = entry(&read, "node_modules/secret");
    assert_eq!((secret.source, &secret.version), (Source::Folder, &None));
    assert!(entry(&read, "node_modules/stolen").version.is_none());
    let mut left_out: Vec<&str> = read
        .left_out
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    left_out.sort_unstable();
    assert_eq!(left_out, ["node_modules/broken", "node_modules/secret"]);
    let [(path, why)] = read.unread.as_slice() else {
        panic!("{:?}", read.unread);
    };
    assert!(
        path.ends_with("stolen/package.json") && why.contains("link"),
        "{path}: {why}"
    );
}

#[test]
fn what_cannot_be_read_is_there_and_told() {
    let ship = ship(&[
        ("node_modules/boat/package.json", "{ nothing"),
        (
            "node_modules/rope/package.json",
            r#"{"name": "../../\u001b[31m", "version": ["1"], "dependencies": {"../boat": "1", "/": "1", "": "1"}}"#,
        ),
        ("node_modules/sail/package.json", "[]"),
    ]);
    let read = read(&ship);
    for name in ["boat", "rope", "sail"] {
        let entry = entry(&read, &format!("node_modules/{name}"));
        assert_eq!((&*entry.name, &entry.version), (name, &None));
        assert!(entry.dependencies.iter().all(|one| one.to.is_none()));
    }
    let unread: Vec<&str> = read.unread.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        unread,
        [
            "node_modules/boat/package.json",
            "node_modules/sail/package.json"
        ]
    );
}

#[test]
fn the_lockfile_of_pnpm_is_read_where_it_lies() {
    let lock = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      boat: {specifier: 1.0.0, version: 1.0.0}\npackages:\n  boat@1.0.0: {resolution: {integrity: sha512-b}}\nsnapshots:\n  boat@1.0.0: {}\n";
    let files = [
        ("package.json", r#"{"name": "ship"}"#),
        ("node_modules/.pnpm/lock.yaml", lock),
        // Another one: what it says may not be installed yet.
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters: {}\n"),
    ];
    let read = read(&ship(&files));
    assert_eq!(read.project.path(), "node_modules/.pnpm/lock.yaml");
    assert_eq!(read.project.name(), Some("ship"));
    assert_eq!(keys(&read), ["", "boat@1.0.0"]);
    assert!(entry(&read, "boat@1.0.0").integrity.is_some());
    let bad = ship(&[("node_modules/.pnpm/lock.yaml", "lockfileVersion: '99.0'\n")]);
    let error = InstalledProject::read(&bad.path().join("node_modules")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("node_modules/.pnpm/lock.yaml: line 1"),
        "{error}"
    );
}

#[test]
fn a_bound_is_told_and_does_not_count_as_whole() {
    let mut deep = "node_modules/a".to_owned();
    let mut files = Vec::new();
    for _ in 0..70 {
        files.push((
            format!("{deep}/package.json"),
            r#"{"name": "a", "version": "1.0.0"}"#,
        ));
        deep.push_str("/node_modules/a");
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let ship = ship(&files);
    let found = read(&ship);
    let [(_, why)] = found.unread.as_slice() else {
        panic!("{:?}", found.unread);
    };
    assert!(why.contains("more than 64 node_modules"), "{why}");
    let mut walk = crate::installed::walk::Walk::new(3);
    let mut count = 0;
    walk.folder(&ship.path().join("node_modules"), &mut |_| count += 1);
    assert_eq!(count, 3);
    assert!(
        walk.unread[0].1.contains("more than 3 packages"),
        "{:?}",
        walk.unread
    );
}
