//! What a version can do, each with the first place that shows it.

use std::collections::BTreeMap;

use crate::capability::{Capability, Profile};
use crate::facts::{Call, Span};
use crate::files::file_function;
use crate::finding::{Phase, Place};
use crate::kind::Kind;
use crate::manifest::does_nothing;
use crate::view::PackageView;

/// Of all files but tests. The place is the one that runs first.
pub(super) fn of(package: &PackageView) -> Profile {
    let mut shown: Vec<(Capability, Phase, Place)> = Vec::new();
    for file in package.sources().filter(|file| file.phase != Phase::Test) {
        if file.kind.is_native() || file.kind == Kind::Wasm {
            shown.push((Capability::Native, file.phase, file.whole()));
        }
        // The first of the file, of each.
        let mut first: BTreeMap<Capability, (Phase, Span)> = BTreeMap::new();
        let mut see = |capability, phase, span| {
            let found = first.entry(capability).or_insert((phase, span));
            *found = (*found).min((phase, span));
        };
        for call in &file.facts.calls {
            for capability in of_call(call) {
                let phase = file.phase_of(call.function);
                see(capability, phase, call.span);
            }
        }
        for read in &file.facts.reads {
            let capability = match &*read.path {
                path if path == "process.env" || path.starts_with("process.env.") => {
                    Capability::Environment
                }
                path if path.starts_with("process.env[") => Capability::Environment,
                path if is_wallet(path) => Capability::Wallet,
                _ => continue,
            };
            let phase = file.phase_of(read.function);
            see(capability, phase, read.span);
        }
        for write in file
            .facts
            .writes
            .iter()
            .filter(|write| is_wallet(&write.path))
        {
            let phase = file.phase_of(write.function);
            see(Capability::Wallet, phase, write.span);
        }
        let first = first.into_iter();
        shown
            .extend(first.map(|(capability, (phase, span))| (capability, phase, file.place(span))));
    }
    for (name, command) in package.manifest.install_scripts() {
        if does_nothing(command) {
            continue;
        }
        let place = package.manifest_place(&["scripts", name]);
        shown.push((Capability::InstallScript, Phase::Install, place));
    }
    if let Some(gyp) = package.file("binding.gyp") {
        shown.push((Capability::InstallScript, Phase::Install, gyp.whole()));
    }
    shown.sort();
    shown.dedup_by_key(|(capability, _, _)| *capability);
    Profile(
        shown
            .into_iter()
            .map(|(capability, _, place): (_, _, Place)| (capability, place))
            .collect(),
    )
}

fn of_call(call: &Call) -> impl Iterator<Item = Capability> {
    let callee = &*call.callee;
    [
        (Capability::Network, call.uses.network.is_some()),
        (Capability::Process, call.uses.starts_process),
        (Capability::FileRead, call.uses.reads_file),
        (Capability::FileWrite, writes_file(callee)),
        (Capability::DynamicCode, call.uses.runs_text.is_some()),
        (
            Capability::Native,
            callee == "process.dlopen" || callee.starts_with("WebAssembly."),
        ),
        (Capability::Wallet, is_wallet(callee)),
    ]
    .into_iter()
    .filter_map(|(capability, does)| does.then_some(capability))
}

fn writes_file(callee: &str) -> bool {
    match file_function(callee) {
        Some(name) => [
            "write",
            "append",
            "createWrite",
            "copy",
            "cp",
            "rename",
            "unlink",
            "rm",
            "mkdir",
            "symlink",
            "link",
            "truncate",
            "chmod",
            "output",
            "remove",
            "move",
            "empty",
        ]
        .iter()
        .any(|start| name.starts_with(start)),
        None => matches!(callee, "rimraf" | "rimraf.sync"),
    }
}

/// A wallet that a browser extension puts into pages.
fn is_wallet(path: &str) -> bool {
    [
        "ethereum",
        "solana",
        "phantom",
        "tronWeb",
        "tronLink",
        "okxwallet",
        "BinanceChain",
    ]
    .iter()
    .any(|name| {
        path.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '(']))
    })
}
