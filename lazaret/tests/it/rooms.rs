//! The rooms of the house and who may import whom, as data: a new arrow fails here before anyone argues about it.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::BTreeSet;

/// Each room with the rooms it may import outside tests. docs/ARCHITECTURE.md says why.
const ROOMS: &[(&str, &[&str])] = &[
    ("lazaret-npm", &[]),
    ("lazaret-analysis", &["lazaret-npm"]),
    ("lazaret-policy", &["lazaret-npm", "lazaret-analysis"]),
    ("lazaret-upstream", &["lazaret-npm"]),
    (
        "lazaret-store",
        &["lazaret-npm", "lazaret-analysis", "lazaret-policy"],
    ),
    ("lazaret-sandbox", &[]),
    (
        "lazaret-inspector",
        &["lazaret-npm", "lazaret-analysis", "lazaret-sandbox"],
    ),
    (
        "lazaret-project",
        &["lazaret-npm", "lazaret-analysis", "lazaret-policy"],
    ),
    (
        "lazaret-server",
        &[
            "lazaret-npm",
            "lazaret-analysis",
            "lazaret-inspector",
            "lazaret-policy",
            "lazaret-store",
            "lazaret-upstream",
        ],
    ),
    (
        "lazaret",
        &[
            "lazaret-npm",
            "lazaret-analysis",
            "lazaret-inspector",
            "lazaret-policy",
            "lazaret-project",
            "lazaret-sandbox",
            "lazaret-server",
            "lazaret-store",
            "lazaret-upstream",
        ],
    ),
    ("lazaret-testing", &["lazaret-npm", "lazaret-upstream"]),
    // A tool that measures the program from outside.
    ("lazaret-evals", &[]),
];

/// Rooms that only tests may import.
const ONLY_IN_TESTS: &[&str] = &["lazaret-testing"];

/// What a room keeps out of its own dependencies: the reason it is a crate of its own.
const FENCES: &[(&str, &[&str])] = &[
    (
        "lazaret-npm",
        &["tokio", "reqwest", "hyper", "sqlx", "object_store", "rand"],
    ),
    (
        "lazaret-analysis",
        &["tokio", "reqwest", "hyper", "sqlx", "object_store", "rand"],
    ),
    (
        "lazaret-policy",
        &["tokio", "reqwest", "hyper", "sqlx", "object_store", "rand"],
    ),
    (
        "lazaret-inspector",
        &["tokio", "reqwest", "hyper", "sqlx", "object_store", "rand"],
    ),
    ("lazaret-project", &["sqlx", "axum", "reqwest", "tokio"]),
    ("lazaret-upstream", &["sqlx", "axum"]),
    ("lazaret-store", &["reqwest", "axum"]),
    ("lazaret-server", &["clap", "indicatif"]),
];

fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

#[test]
fn nobody_imports_what_the_table_does_not_allow() {
    let metadata = workspace();
    let found: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let listed: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(
        found, listed,
        "the rooms of the workspace are the rooms of the table"
    );

    let mut arrows = Vec::new();
    for package in &metadata.packages {
        let allowed = ROOMS
            .iter()
            .find(|(room, _)| *room == package.name.as_str())
            .unwrap()
            .1;
        let fence = FENCES
            .iter()
            .find(|(room, _)| *room == package.name.as_str())
            .map_or(&[][..], |fence| fence.1);
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let ours = listed.contains(name);
            let only_tests = dependency.kind == DependencyKind::Development;
            let forbidden = match only_tests {
                // Tests may also use the fake npm, and whatever their room may use.
                true => ours && !allowed.contains(&name) && !ONLY_IN_TESTS.contains(&name),
                false => {
                    ours && !allowed.contains(&name)
                        || ONLY_IN_TESTS.contains(&name)
                        || fence.contains(&name)
                }
            };
            if forbidden {
                arrows.push(format!("{} -> {name}", package.name));
            }
        }
    }
    assert_eq!(
        arrows,
        Vec::<String>::new(),
        "arrows that the table does not allow"
    );
}

/// The `[lints]` of a manifest, or of the workspace, as a table.
fn lints(manifest: &str, at: &[&str]) -> toml::Table {
    let text = std::fs::read_to_string(manifest).unwrap();
    let mut table: toml::Table = text.parse().unwrap();
    for key in at {
        table = match table.remove(*key) {
            Some(toml::Value::Table(inner)) => inner,
            _ => panic!("{manifest} has no {key}"),
        };
    }
    table
}

#[test]
fn only_the_sandbox_could_have_unsafe() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut of_workspace = lints(manifest, &["workspace", "lints"]);
    let unsafe_code = of_workspace["rust"]["unsafe_code"].as_str();
    assert_eq!(unsafe_code, Some("forbid"));
    for package in workspace().packages {
        if package.name.as_str() == "lazaret-sandbox" {
            continue;
        }
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} uses the workspace's lints",
            package.name
        );
    }

    // The exception has the same lints but for two: unsafe code where a module says why, and a reason at each place.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/Cargo.toml");
    let of_sandbox = lints(manifest, &["lints"]);
    of_workspace["rust"]["unsafe_code"] = "deny".into();
    of_workspace["clippy"]
        .as_table_mut()
        .unwrap()
        .insert("undocumented_unsafe_blocks".into(), "warn".into());
    assert_eq!(of_sandbox, of_workspace);
}
