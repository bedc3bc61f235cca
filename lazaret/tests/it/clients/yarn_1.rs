//! yarn 1: its lockfile holds whole URLs, and of a refusal it reads only a packument's body.

use super::client::{Client, Explains, Program, Settings};

pub(super) const YARN_1: Client = Client {
    name: "yarn 1",
    program: Program::Script("yarn-1/bin/yarn.js"),
    install: &["install"],
    frozen: &["install", "--frozen-lockfile"],
    settings: |registry| Settings {
        files: vec![(
            ".yarnrc",
            format!("registry \"{registry}/\"\ndisable-self-update-check true\n"),
        )],
        variables: vec![],
    },
    lockfile: "yarn.lock",
    lockfile_names_addresses: true,
    frozen_reads_packuments: false,
    names_blocked_as: "403",
    blocked_requests: 1,
    explains: Explains {
        withheld_version: false,
        refused_packument: true,
        refused_tarball: false,
    },
};

every_scenario!(YARN_1);
