//! pnpm 10 (JavaScript) and 12 (Rust): the same commands, different readers of what we say.

use super::client::{Client, Explains, Program, Settings};

pub(super) const PNPM_10: Client = Client {
    name: "pnpm 10",
    program: Program::Script("pnpm-10/bin/pnpm.cjs"),
    install: &["install"],
    frozen: &["install", "--frozen-lockfile"],
    settings: |registry| Settings {
        files: npmrc(registry),
        variables: vec![
            ("npm_config_update_notifier", "false"),
            ("npm_config_fetch_retry_mintimeout", "10"),
            ("npm_config_fetch_retry_maxtimeout", "20"),
        ],
    },
    lockfile: "pnpm-lock.yaml",
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

/// Checks every entry of the lockfile against its packument (its own age gate, on by default), and prints only the
/// number of a refusal.
pub(super) const PNPM_12: Client = Client {
    name: "pnpm 12",
    program: Program::Binary("pnpm-12-{arch}/pnpm"),
    install: &["install"],
    frozen: &["install", "--frozen-lockfile"],
    settings: |registry| Settings {
        files: npmrc(registry),
        variables: vec![
            ("pnpm_config_update_notifier", "false"),
            ("pnpm_config_fetch_retry_mintimeout", "10"),
            ("pnpm_config_fetch_retry_maxtimeout", "20"),
        ],
    },
    lockfile: "pnpm-lock.yaml",
    lockfile_names_addresses: false,
    frozen_reads_packuments: true,
    // The packument that it reads names the version no more: it stops there, in words of its own, having asked for the
    // attestations (its other source for the time of publication) and maybe for the tarball at the same time.
    names_blocked_as: "not present in registry manifest",
    blocked_requests: 2,
    explains: Explains {
        withheld_version: false,
        refused_packument: false,
        refused_tarball: false,
    },
};

mod pnpm_10 {
    every_scenario!(super::PNPM_10);
}

mod pnpm_12 {
    every_scenario!(super::PNPM_12);
}

fn npmrc(registry: &str) -> Vec<(&'static str, String)> {
    vec![(".npmrc", format!("registry={registry}/\n"))]
}
