//! What is kept of a version so that a later one can be compared with it.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::{Asked, FileSummary};
use crate::command::{self, Deed};
use crate::finding::Phase;
use crate::hash::Hashes;
use crate::host::Host;
use crate::kind::Kind;
use crate::reach;
use crate::report::Size;
use crate::view::PackageView;

/// Above this many bytes a script is rather built than written.
const LARGE: usize = 200 << 10;

pub(super) fn size(package: &PackageView) -> Size {
    let mut size = Size::default();
    for file in &package.files {
        size.count += 1;
        size.bytes += file.bytes.len() as u64;
        if file.kind == Kind::Script {
            size.scripts += 1;
            size.script_bytes += file.bytes.len() as u64;
        }
    }
    size
}

pub(super) fn files(package: &PackageView) -> Vec<FileSummary> {
    package
        .files
        .iter()
        .map(|file| FileSummary {
            path: file.path.clone(),
            bytes: file.bytes.len() as u64,
            sha256: lazaret_npm::digest::hex(&Sha256::digest(&file.bytes)),
            script: file.kind == Kind::Script,
            native: file.kind.is_native() || file.kind == Kind::Wasm,
            phase: file.phase,
        })
        .collect()
}

pub(super) fn shapes(package: &PackageView) -> Hashes {
    package
        .sources()
        .flat_map(|file| file.facts.functions.iter().map(|function| function.shape))
        .collect()
}

pub(super) fn hosts(package: &PackageView) -> BTreeMap<String, Asked> {
    let mut hosts: BTreeMap<String, Asked> = BTreeMap::new();
    let mut add = |host: &Host, asked: Asked| {
        if !host.is_public() {
            return;
        }
        let known = hosts
            .entry(host.name.clone())
            .or_insert_with(|| asked.clone());
        if (asked.phase, &asked.place) < (known.phase, &known.place) {
            *known = asked;
        }
    };
    for file in package.sources() {
        for reached in reach::reached(file) {
            let asked = Asked {
                phase: file.phase_of(reached.function),
                place: file.place(reached.span),
            };
            add(&reached.host, asked);
        }
        for named in reach::meant(file, package) {
            let asked = Asked {
                phase: file.phase_of(named.function),
                place: file.place(named.span),
            };
            add(&named.host, asked);
        }
    }
    for (name, line) in package.manifest.install_scripts() {
        let command = command::read(line);
        if command.does(Deed::Fetches) || command.does(Deed::Sends) {
            for host in &command.hosts {
                let asked = Asked {
                    phase: Phase::Install,
                    place: package.manifest_place(&["scripts", name]),
                };
                add(host, asked);
            }
        }
    }
    hosts
}

pub(super) fn is_bundled(package: &PackageView) -> bool {
    let scripts = || {
        package
            .files
            .iter()
            .filter(|file| file.kind == Kind::Script && file.phase < Phase::Test)
    };
    let built: usize = scripts()
        .filter(|file| file.text.len() >= LARGE || file.is_minified())
        .map(|file| file.text.len())
        .sum();
    let all: usize = scripts().map(|file| file.text.len()).sum();
    built > 0 && built * 2 >= all
}
