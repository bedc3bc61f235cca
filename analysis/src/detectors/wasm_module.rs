//! WebAssembly.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::js;
use crate::kind::Kind;
use crate::view::FileView;
use crate::wasm;

pub(super) const DETECTOR: Detector = Detector {
    id: "wasm-module",
    title: "Contains WebAssembly",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("wasm_module.md"),
    looks: Looks::File(look),
};

/// How base64 of a module begins.
const BEGINNING: &str = "AGFzb";
/// Modules in the texts of one file that are looked into.
const MODULES: usize = 20;

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.kind != Kind::Wasm {
        carried(file, found);
        return;
    }
    let wasm = wasm::read(&file.bytes);
    let mut modules: Vec<&str> = wasm
        .imports
        .iter()
        .map(|(module, _)| module.as_str())
        .collect();
    modules.dedup();
    let worst = !wasm.programs.is_empty()
        || !wasm.secrets.is_empty()
        || !wasm.hosts.is_empty()
        || wasm.damaged;
    let message = if let Some(program) = wasm.programs.first() {
        format!("is WebAssembly, and names {program}")
    } else if let Some(path) = wasm.secrets.first() {
        format!("is WebAssembly, and names {path}")
    } else if let Some(host) = wasm.hosts.first() {
        format!("is WebAssembly, and names the host {host}")
    } else if wasm.damaged {
        "is WebAssembly whose sections do not fit together".to_owned()
    } else {
        format!(
            "is WebAssembly that imports {} functions and memories",
            wasm.imports.len()
        )
    };
    found
        .file()
        .severity(match (wasm.programs.is_empty(), worst) {
            (false, _) => Severity::High,
            (true, true) => Severity::Medium,
            (true, false) => Severity::Low,
        })
        .message(message)
        .evidence(modules.join(", "))
        // It is built anew for every version.
        .same(if worst { &file.path } else { "wasm" })
        .add();
}

/// A module in a text, which says what its own functions could not know: how programs are started.
fn carried(file: &FileView<'_>, found: &mut Found) {
    let calls = file.facts.calls.iter();
    let texts = calls.filter_map(|call| Some((call, call.args.first()?.text()?)));
    let modules = texts.filter(|(_, text)| text.starts_with(BEGINNING));
    for (call, text) in modules.take(MODULES) {
        let Some(bytes) = js::base64_bytes(text) else {
            continue;
        };
        let wasm = wasm::read(&bytes);
        if let Some(program) = wasm.programs.first().or(wasm.secrets.first()) {
            found
                .call(call)
                .severity(Severity::High)
                .message(format!("has WebAssembly as a text, which names {program}"))
                .evidence(program.as_str())
                .add();
        }
    }
}
