//! The server over HTTP, in front of the fake npm: one module per route or topic.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up should stop there"
)]

mod accounts;
mod api;
mod attestations;
mod audit;
mod cooldown;
mod deciding;
mod dist_tags;
mod faults;
mod fixes;
mod flights;
mod generated;
mod hostile;
mod huge;
mod incidents;
mod integrity;
mod internal;
mod inventories;
mod keys;
mod lists;
mod malicious;
mod manifests;
mod negotiation;
mod operations;
mod packuments;
mod pages;
mod refusals;
mod replay;
mod reply;
mod restart;
mod search;
mod stage;
mod stop;
mod tarballs;
mod vanished;
mod watch;
mod web;
mod webhooks;
mod who;
mod why;

/// A file that no `mod` line names is a test that never runs.
#[test]
fn no_file_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let this = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = file.strip_suffix(".rs") else {
            continue;
        };
        assert!(
            module == "main" || this.contains(&format!("\nmod {module};\n")),
            "{file} is not in main.rs"
        );
    }
}
