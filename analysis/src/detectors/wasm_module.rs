//! WebAssembly.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::view::FileView;
use crate::wasm;

pub(super) const DETECTOR: Detector = Detector {
    id: "wasm-module",
    title: "Contains WebAssembly",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("wasm_module.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.kind != Kind::Wasm {
        return;
    }
    let wasm = wasm::read(&file.bytes);
    let mut modules: Vec<&str> = wasm
        .imports
        .iter()
        .map(|(module, _)| module.as_str())
        .collect();
    modules.dedup();
    let worst = !wasm.secrets.is_empty() || !wasm.hosts.is_empty() || wasm.damaged;
    let message = if let Some(path) = wasm.secrets.first() {
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
        .severity(if worst {
            Severity::Medium
        } else {
            Severity::Low
        })
        .message(message)
        .evidence(modules.join(", "))
        // It is built anew for every version.
        .same(if worst { &file.path } else { "wasm" })
        .add();
}
