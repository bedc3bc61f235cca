//! yarn 4: never checks `dist.integrity`, so that lazaret is its only protection against wrong bytes.

use super::client::{Client, Explains, Program, Settings};
use super::harbour::{self, WRONG};
use super::stage::Stage;

pub(super) const YARN_4: Client = Client {
    name: "yarn 4",
    program: Program::Script("yarn-4/bin/yarn.js"),
    install: &["install"],
    frozen: &["install", "--immutable"],
    settings: |registry| {
        let mut yarnrc =
            format!("npmRegistryServer: \"{registry}\"\nunsafeHttpWhitelist: [\"127.0.0.1\"]\n");
        // Plain node_modules, as every other client lays out; one retry instead of three saves seconds of back-off.
        yarnrc.push_str("nodeLinker: node-modules\nenableTelemetry: false\nhttpRetry: 1\n");
        Settings {
            files: vec![(".yarnrc.yml", yarnrc)],
            variables: vec![],
        }
    },
    lockfile: "yarn.lock",
    lockfile_names_addresses: false,
    frozen_reads_packuments: false,
    names_blocked_as: "403",
    blocked_requests: 1,
    explains: Explains {
        withheld_version: false,
        refused_packument: true,
        refused_tarball: true,
    },
};

every_scenario!(YARN_4);

/// The control of `wrong_bytes_are_refused`: without lazaret the very same bytes are installed.
#[test]
fn wrong_bytes_are_installed_when_asked_of_the_registry_itself() {
    let stage = Stage::without_lazaret(harbour::with_wrong_bytes());
    stage.project(&harbour::DEPENDENCIES);
    stage.install(&YARN_4).must_succeed();
    assert!(
        stage
            .evaluate("require('@harbour/crane')")
            .unwrap()
            .contains(WRONG)
    );
}
