//! bun: one native binary that prints only the number of a refusal.

use super::client::{Client, Explains, Program, Settings};

pub(super) const BUN: Client = Client {
    name: "bun",
    program: Program::Binary("bun-{arch}/bin/bun"),
    install: &["install"],
    frozen: &["install", "--frozen-lockfile"],
    settings: |registry| Settings {
        files: vec![(
            "bunfig.toml",
            format!("telemetry = false\n[install]\nregistry = \"{registry}/\"\n"),
        )],
        variables: vec![],
    },
    lockfile: "bun.lock",
    lockfile_names_addresses: true,
    frozen_reads_packuments: false,
    names_blocked_as: "403",
    blocked_requests: 1,
    explains: Explains {
        withheld_version: false,
        refused_packument: false,
        refused_tarball: false,
    },
};

every_scenario!(BUN);
