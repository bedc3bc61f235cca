//! Modules whose name is not written out.

use super::{Detector, Looks};
use crate::facts::Facts;
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "dynamic-require",
    title: "Loads modules by computed names",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("dynamic_require.md"),
    looks: Looks::File(look),
};

/// Modules of Node.js that reach outside.
const REACHING: &[&str] = &[
    "child_process",
    "fs",
    "fs/promises",
    "http",
    "https",
    "http2",
    "net",
    "tls",
    "dns",
    "dns/promises",
    "dgram",
    "os",
    "vm",
    "module",
    "worker_threads",
    "inspector",
    "crypto",
    "zlib",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let named = call
            .args
            .first()
            .is_some_and(|name| matches!(name, Value::String(_)));
        if &*call.callee == "process.getBuiltinModule" && !named {
            // Whoever asks what there is names what it takes of it.
            let hidden = takes_hidden(&file.facts);
            let (severity, what) = match hidden {
                true => (Severity::High, ", nor what it takes of it"),
                false => (Severity::Medium, ""),
            };
            found
                .call(call)
                .severity(severity)
                .message(format!(
                    "loads a module of Node.js whose name could not be told{what}"
                ))
                .add();
        }
    }
    // One is a loader that is told what to load; nobody tells it several, each with a function of its own.
    let mut hidden = (file.facts.calls.iter()).filter(|call| &*call.callee == "require()[]");
    if let (Some(first), Some(_)) = (hidden.next(), hidden.next()) {
        found
            .call(first)
            .message(
                "loads modules by computed names, and calls functions of them by computed names",
            )
            .add();
    }
    let mut unknown = false;
    for import in &file.facts.imports {
        match &import.specifier {
            Value::String(name) => {
                let plain = name.strip_prefix("node:").unwrap_or(name);
                let hidden = REACHING.contains(&plain)
                    && file.facts.strings.iter().any(|text| {
                        text.decoded && text.text == *name && near(text.span, import.span)
                    });
                if hidden {
                    found
                        .import(import)
                        .message(format!("hides that it loads {name}"))
                        .add();
                }
            }
            // Below the package's own folder: what is there is inspected anyway.
            Value::Concat(parts)
                if parts
                    .first()
                    .and_then(Value::text)
                    .is_some_and(|start| start.starts_with('.')) => {}
            Value::Regex(_) | Value::Number(_) => {}
            _ if !unknown => {
                unknown = true;
                found
                    .import(import)
                    .severity(Severity::Low)
                    .message("loads modules whose name could not be told")
                    .add();
            }
            _ => {}
        }
    }
}

fn takes_hidden(facts: &Facts) -> bool {
    const HIDDEN: &str = "process.getBuiltinModule()[]";
    facts.reads.iter().any(|read| &*read.path == HIDDEN)
        || facts.calls.iter().any(|call| &*call.callee == HIDDEN)
}

/// The text stands in the call, or is the call's argument by another way.
fn near(text: crate::facts::Span, import: crate::facts::Span) -> bool {
    text.start >= import.start && text.end <= import.end || text.start.abs_diff(import.start) < 400
}
