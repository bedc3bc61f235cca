//! What a scenario knows of a package manager: its program, its two commands, its settings, and what it lets its user read.

use std::path::{Path, PathBuf};

/// One pinned package manager.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) program: Program,
    /// Arguments that resolve, write the lockfile and install.
    pub(super) install: &'static [&'static str],
    /// Arguments that install exactly what the lockfile says.
    pub(super) frozen: &'static [&'static str],
    /// What points it at a registry.
    pub(super) settings: fn(registry: &str) -> Settings,
    pub(super) lockfile: &'static str,
    /// Whether the lockfile names the address of each tarball. yarn 1 and bun then fetch it from there, whatever
    /// registry is configured.
    pub(super) lockfile_names_addresses: bool,
    /// Whether a frozen install asks for packuments besides the tarballs.
    pub(super) frozen_reads_packuments: bool,
    /// What it prints, whether it explains it or not, of a version that its lockfile names and lazaret blocks.
    pub(super) names_blocked_as: &'static str,
    /// How many requests for such a version it sends at most.
    pub(super) blocked_requests: usize,
    /// Which refusals it explains.
    pub(super) explains: Explains,
}

/// A file under `tests/clients/node_modules`; `{arch}` stands for `x64` or `arm64`.
pub(super) enum Program {
    /// Run by the pinned Node.
    Script(&'static str),
    /// Run as it is.
    Binary(&'static str),
}

/// The files in the project and the variables that a user of a mirror would set, and short waits between tries.
pub(super) struct Settings {
    pub(super) files: Vec<(&'static str, String)>,
    pub(super) variables: Vec<(&'static str, &'static str)>,
}

/// Where our words reach the reader of the client's output. Clients differ by what they print of an answer, not by
/// what they got: each is asserted both ways, so that a pinned client's change is noticed when the pin moves.
pub(super) struct Explains {
    /// An exact version that the packument holds back: needs `policyRestrictions`.
    pub(super) withheld_version: bool,
    /// A packument answered with 403: needs the body or the reason phrase.
    pub(super) refused_packument: bool,
    /// A tarball answered with 403: needs the body or the reason phrase.
    pub(super) refused_tarball: bool,
}

/// The file of a client or of the pinned Node.
pub(crate) fn pinned(path: &str) -> PathBuf {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => panic!(
            "tests/clients pins no Node for {other}: add the platform's packages to its package.json"
        ),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients/node_modules");
    let file = folder.join(path.replace("{arch}", arch));
    assert!(
        file.is_file(),
        "{} is missing: run scripts/test, or `npm ci` in tests/clients",
        file.display()
    );
    file
}
