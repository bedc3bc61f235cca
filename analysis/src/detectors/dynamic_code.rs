//! Text that is run as code.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::api;
use crate::facts::Call;
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "dynamic-code",
    title: "Runs text as code",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("dynamic_code.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for call in &file.facts.calls {
        let Some((severity, message)) = judged(call) else {
            continue;
        };
        if severity < Severity::Medium && !seen.insert((call.callee.clone(), message)) {
            continue;
        }
        found.call(call).severity(severity).message(message).add();
    }
    for write in &file.facts.writes {
        if write.path.starts_with("require.cache") {
            found
                .write(write)
                .severity(Severity::Low)
                .message("changes what is loaded already")
                .add();
        }
    }
}

fn judged(call: &Call) -> Option<(Severity, &'static str)> {
    let callee = api::plain(&call.callee);
    if call.uses.runs_text.is_some() {
        return match api::code(call) {
            None => None,
            Some(code) if is_harmless(code) => Some((
                Severity::Note,
                "asks for the global object, or whether code may be made",
            )),
            // What is known was read as code, and is judged as such.
            Some(Value::String(_)) if !call.decoded => {
                Some((Severity::Low, "runs a text that is known as code"))
            }
            Some(Value::String(_)) => {
                Some((Severity::Medium, "runs a text that is decoded as code"))
            }
            Some(
                Value::Function(_)
                | Value::Number(_)
                | Value::Undefined
                | Value::Null
                | Value::Boolean(_),
            ) => None,
            Some(_) => Some((Severity::Medium, "runs a text as code")),
        };
    }
    match callee {
        "setTimeout" | "setInterval" | "setImmediate" => match call.args.first() {
            Some(Value::String(_) | Value::Concat(_)) => {
                Some((Severity::Medium, "runs a text as code, later"))
            }
            _ => None,
        },
        "WebAssembly.instantiate"
        | "WebAssembly.compile"
        | "WebAssembly.Module"
        | "WebAssembly.instantiateStreaming"
        | "WebAssembly.compileStreaming" => Some((Severity::Low, "runs WebAssembly")),
        "process.binding" | "process._linkedBinding" | "process.dlopen" => {
            Some((Severity::Medium, "reaches past the modules of Node.js"))
        }
        "inspector.Session" | "inspector.open" => Some((Severity::Low, "opens the debugger")),
        "worker_threads.Worker" => {
            match call.args.get(1).and_then(|options| options.member("eval")) {
                Some(Value::Boolean(true)) => {
                    Some((Severity::Medium, "runs a text as code in a thread"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `return this`, and the empty or trivial texts by which it is asked whether code may be made at all.
fn is_harmless(code: &Value) -> bool {
    let Some(text) = code.text() else {
        return false;
    };
    let text = text.trim().trim_end_matches(';').trim();
    let text = text.strip_prefix("return ").unwrap_or(text);
    matches!(
        text,
        "" | "this"
            | "(this)"
            | "this()"
            | "globalThis"
            | "global"
            | "window"
            | "self"
            | "require"
            | "1"
            | "0"
            | "true"
            | "'use strict'"
            | "\"use strict\""
            | "async()=>{}"
            | "function* () {}"
            | "import(s)"
            | "import(specifier)"
            | "import(modulePath)"
            | "import(path)"
            | "import(url)"
            | "import(id)"
            | "import(file)"
            | "import(filename)"
            | "import(m)"
            | "import(p)"
            | "import(name)"
    )
}
