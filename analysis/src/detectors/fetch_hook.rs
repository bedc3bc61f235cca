//! The global `fetch`, replaced.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "fetch-hook",
    title: "Puts itself in the way of fetch",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("fetch_hook.md"),
    looks: Looks::File(look),
};

/// Another client under the global's name.
const CLIENTS: &[&str] = &[
    "node-fetch",
    "cross-fetch",
    "undici",
    "whatwg-fetch",
    "isomorphic-fetch",
    "unfetch",
    "fetch-blob",
    "node-fetch-native",
    "fetch",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    for write in &facts.writes {
        if &*write.path != "fetch" || !hooks::changes(write) {
            continue;
        }
        let is_client = match &write.value {
            Value::Path(path) => CLIENTS.iter().any(|client| path.starts_with(client)),
            _ => false,
        };
        let wraps = hooks::wraps(facts, write, "fetch");
        let answers = match write.value {
            Value::Function(function) => facts.calls.iter().any(|call| {
                &*call.callee == "Response"
                    && call.new
                    && hooks::is_within(facts, call.function, function)
            }),
            _ => false,
        };
        if (is_client || hooks::is_guarded(file, write)) && !wraps {
            continue;
        }
        let (severity, message) = match (wraps, answers) {
            (true, true) => (Severity::High, "replaces fetch and changes what it answers"),
            (true, false) => (
                Severity::Medium,
                "wraps fetch, so that it sees every request",
            ),
            (false, _) => (Severity::Medium, "replaces fetch"),
        };
        found.write(write).severity(severity).message(message).add();
    }
}
