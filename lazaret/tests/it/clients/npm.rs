//! npm 10, 11 and 12: full packuments, an audit of the whole tree after every install, and every word of ours shown.

use super::client::{Client, Explains, Program, Settings};

pub(super) const NPM_10: Client = npm("npm 10", "npm-10/bin/npm-cli.js");
pub(super) const NPM_11: Client = npm("npm 11", "npm-11/bin/npm-cli.js");
pub(super) const NPM_12: Client = npm("npm 12", "npm-12/bin/npm-cli.js");

mod npm_10 {
    every_scenario!(super::NPM_10);
}

mod npm_11 {
    every_scenario!(super::NPM_11);
    every_scenario!(super::NPM_11 => other_attacks_are_held_as_well,);
}

mod npm_12 {
    every_scenario!(super::NPM_12);
}

const fn npm(name: &'static str, script: &'static str) -> Client {
    Client {
        name,
        program: Program::Script(script),
        install: &["install"],
        frozen: &["ci"],
        settings,
        lockfile: "package-lock.json",
        lockfile_names_addresses: true,
        frozen_reads_packuments: false,
        names_blocked_as: "403",
        blocked_requests: 1,
        explains: Explains {
            withheld_version: true,
            refused_packument: true,
            refused_tarball: true,
        },
    }
}

fn settings(registry: &str) -> Settings {
    Settings {
        files: vec![(".npmrc", format!("registry={registry}/\n"))],
        variables: vec![
            ("npm_config_update_notifier", "false"),
            ("npm_config_fund", "false"),
            ("npm_config_fetch_retry_mintimeout", "10"),
            ("npm_config_fetch_retry_maxtimeout", "20"),
        ],
    }
}
