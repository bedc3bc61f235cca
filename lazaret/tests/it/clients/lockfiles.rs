//! Our reading of a lockfile against the package manager's own listing of what it installed.

use std::collections::BTreeSet;

use lazaret_npm::lockfile::{Locked, Manifest, Source, yarn_archive};
use lazaret_npm::{Lockfile, Tarball};
use lazaret_testing::Npm;
use serde_json::Value;

use super::client::Client;
use super::stage::Stage;
use super::{bun, npm, pnpm, yarn_1, yarn_4};

/// A workspace, an alias, a folder, an optional dependency, a nested version, and development.
const ROOT: &str = r#"{"name": "ship", "version": "1.0.0", "private": true, "workspaces": ["packages/*"],
  "dependencies": {"@harbour/crane": "^1.0.0", "hawser": "npm:rope@1.0.0", "mast": "file:./mast"},
  "devDependencies": {"lantern": "1.x"},
  "optionalDependencies": {"winch": "^2.0.0"}}"#;
const SAIL: &str =
    r#"{"name": "sail", "version": "0.3.0", "dependencies": {"fibre": "2.0.0", "rope": "^1.0.0"}}"#;
const MAST: &str = r#"{"name": "mast", "version": "0.1.0", "dependencies": {"fibre": "^2.1.0"}}"#;

fn registry() -> Npm {
    Npm::new()
        .package("fibre", |package| {
            package
                .version("2.0.0", |old| old)
                .version("2.1.3", |new| new)
        })
        .package("rope", |package| {
            package.version("1.0.0", |release| release.dependency("fibre", "~2.1.0"))
        })
        .package("@harbour/crane", |package| {
            package.version("1.0.0", |release| {
                release
                    .dependency("rope", "^1.0.0")
                    .dependency("strand", "npm:fibre@2.0.0")
            })
        })
        .package("lantern", |package| {
            package.version("1.2.0", |release| {
                release.dependency("wick", "*").peer_dependency("rope", "1")
            })
        })
        .package("wick", |package| {
            package.version("0.0.1", |release| release)
        })
        .package("winch", |package| {
            package.version("2.4.0", |release| {
                release.optional_dependency("drum", "^1.0.0")
            })
        })
        .package("drum", |package| {
            package.version("1.0.0", |release| release)
        })
}

/// Installs the project.
fn installed(client: &Client) -> Stage {
    let stage = Stage::without_lazaret(registry());
    stage.write("package.json", ROOT);
    stage.write("packages/sail/package.json", SAIL);
    stage.write("mast/package.json", MAST);
    stage.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    stage.install(client).must_succeed();
    stage
}

fn read(stage: &Stage, file: &str) -> Lockfile {
    let manifests = [
        Manifest::parse("", ROOT.as_bytes()).unwrap(),
        Manifest::parse("packages/sail", SAIL.as_bytes()).unwrap(),
    ];
    let lockfile = Lockfile::parse(file, stage.file(file).as_bytes(), &manifests).unwrap();
    let reach = lockfile.reach();
    for (index, entry) in lockfile.entries.iter().enumerate() {
        let is_reached = reach.of(u32::try_from(index).unwrap()).is_reached;
        assert!(is_reached, "{file}: nothing leads to {}", entry.key);
        for dependency in &entry.dependencies {
            assert!(
                dependency.to.is_some(),
                "{file}: {} finds no {}",
                entry.key,
                dependency.name
            );
        }
    }
    let of = |name: &str| {
        let mut entries = lockfile.packages();
        entries
            .find(|entry| &*entry.name == name)
            .unwrap_or_else(|| panic!("{file}: no {name}"))
    };
    assert!(of("lantern").dev && of("wick").dev, "{file}");
    assert!(of("winch").optional && of("drum").optional, "{file}");
    assert!(!of("rope").dev && !of("@harbour/crane").optional, "{file}");
    lockfile
}

/// What comes from the registry, as `NAME@VERSION`.
fn ours(lockfile: &Lockfile, name: impl Fn(&Locked) -> &str) -> BTreeSet<String> {
    let all = lockfile
        .packages()
        .filter(|entry| entry.source == Source::Registry);
    all.map(|entry| format!("{}@{}", name(entry), entry.version.as_ref().unwrap().text))
        .collect()
}

/// Our reading must know what is asked for under an alias.
fn aliased(lockfile: &Lockfile) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for dependency in lockfile
        .entries
        .iter()
        .flat_map(|entry| &entry.dependencies)
    {
        let entry = &lockfile.entries[dependency.to.unwrap() as usize];
        if entry.source == Source::Registry {
            all.insert(format!(
                "{}@{}",
                dependency.name,
                entry.version.as_ref().unwrap().text
            ));
        }
    }
    all
}

/// Names and versions of a tree of objects, as npm and pnpm print it.
fn listed(
    node: &Value,
    name: impl Fn(&str, &Value) -> String + Copy,
    found: &mut BTreeSet<String>,
) {
    for group in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (key, child) in node[group].as_object().into_iter().flatten() {
            let version = child["version"].as_str().unwrap_or_default();
            let is_own = version.contains(':')
                || child["resolved"]
                    .as_str()
                    .is_some_and(|from| from.starts_with("file:"));
            if !is_own && !version.is_empty() {
                found.insert(format!("{}@{version}", name(key, child)));
            }
            listed(child, name, found);
        }
    }
}

fn npm_agrees(client: &Client, version: &str) {
    let stage = installed(client);
    if version != "3" {
        // Written anew in the older form, from what is installed.
        let form = format!("--lockfile-version={version}");
        stage.ask(client, &["install", "--package-lock-only", &form]);
    }
    let lockfile = read(&stage, "package-lock.json");
    assert_eq!(&*lockfile.version.text, version);
    let tree: Value = serde_json::from_str(&stage.ask(client, &["ls", "--all", "--json"])).unwrap();
    let mut theirs = BTreeSet::new();
    listed(&tree, |key, _| key.to_owned(), &mut theirs);
    assert_eq!(ours(&lockfile, Locked::imported_as), theirs);
    assert_eq!(aliased(&lockfile), theirs);
}

#[test]
fn npm_lists_what_we_read_of_version_1() {
    npm_agrees(&npm::NPM_10, "1");
}

#[test]
fn npm_lists_what_we_read_of_version_2() {
    npm_agrees(&npm::NPM_10, "2");
}

#[test]
fn npm_lists_what_we_read_of_version_3() {
    for client in [npm::NPM_10, npm::NPM_11, npm::NPM_12] {
        npm_agrees(&client, "3");
    }
}

fn pnpm_agrees(client: &Client) {
    let stage = installed(client);
    let lockfile = read(&stage, "pnpm-lock.yaml");
    let listing = stage.ask(
        client,
        &["list", "--recursive", "--depth", "Infinity", "--json"],
    );
    let projects: Value = serde_json::from_str(&listing).unwrap();
    let mut theirs = BTreeSet::new();
    for project in projects.as_array().unwrap() {
        let real = |key: &str, child: &Value| child["from"].as_str().unwrap_or(key).to_owned();
        listed(project, real, &mut theirs);
    }
    assert_eq!(ours(&lockfile, |entry| &entry.name), theirs);
}

#[test]
fn pnpm_10_lists_what_we_read() {
    pnpm_agrees(&pnpm::PNPM_10);
}

#[test]
fn pnpm_12_lists_what_we_read() {
    pnpm_agrees(&pnpm::PNPM_12);
}

#[test]
fn yarn_1_lists_what_we_read() {
    let stage = installed(&yarn_1::YARN_1);
    let lockfile = read(&stage, "yarn.lock");
    let listing = stage.ask(&yarn_1::YARN_1, &["list", "--json"]);
    let tree = listing
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tree = tree
        .into_iter()
        .find(|line| line["type"] == "tree")
        .unwrap();
    let mut theirs = BTreeSet::new();
    let mut open = vec![&tree["data"]["trees"]];
    while let Some(trees) = open.pop() {
        for tree in trees.as_array().into_iter().flatten() {
            // Shadows tell what was asked for, not what is there.
            if tree["shadow"] != true {
                theirs.insert(tree["name"].as_str().unwrap().to_owned());
            }
            open.push(&tree["children"]);
        }
    }
    // These are the project's own.
    theirs.retain(|id| !id.starts_with("mast@") && !id.starts_with("sail@"));
    let mut ours = ours(&lockfile, Locked::imported_as);
    // What is optional and bound to nothing is installed too; all are the same.
    ours.retain(|id| !id.starts_with("sail@"));
    assert_eq!(ours, theirs);
}

#[test]
fn yarn_4_tells_what_we_read() {
    let stage = installed(&yarn_4::YARN_4);
    let lockfile = read(&stage, "yarn.lock");
    let listing = stage.ask(&yarn_4::YARN_4, &["info", "--all", "--recursive", "--json"]);
    let mut theirs = BTreeSet::new();
    for line in listing.lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        let locator = told["value"].as_str().unwrap();
        if let Some((name, version)) = locator.rsplit_once("@npm:") {
            theirs.insert(format!("{name}@{version}"));
        }
        if let Some((name, _)) = locator.rsplit_once("@virtual:") {
            let version = told["children"]["Version"].as_str().unwrap();
            theirs.insert(format!("{name}@{version}"));
        }
    }
    assert_eq!(ours(&lockfile, |entry| &entry.name), theirs);
    // And its checksums are those of the archives that we would make.
    for entry in lockfile
        .packages()
        .filter(|entry| entry.source == Source::Registry)
    {
        let version = &entry.version.as_ref().unwrap().text;
        let tarball = Tarball::unverified(stage.npm.tarball(&entry.name, version));
        let made = yarn_archive::checksum(&entry.name, &tarball).unwrap();
        let locked = &entry.checksum.as_ref().unwrap().text;
        assert_eq!(
            format!("{}/{made}", yarn_archive::CACHE_KEY),
            **locked,
            "{}",
            entry.id()
        );
    }
}

#[test]
fn bun_lists_what_we_read() {
    let stage = installed(&bun::BUN);
    let lockfile = read(&stage, "bun.lock");
    let listing = stage.ask(&bun::BUN, &["pm", "ls", "--all"]);
    let lines = listing.lines().skip(1);
    let ids = lines.filter_map(|line| line.split("── ").nth(1));
    let theirs: BTreeSet<String> = ids
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.contains("workspace:") && !id.starts_with("mast@"))
        .collect();
    assert_eq!(ours(&lockfile, Locked::imported_as), theirs);
}
