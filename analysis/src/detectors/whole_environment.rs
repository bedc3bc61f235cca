//! The environment as a whole.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "whole-environment",
    title: "Takes the whole environment",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("whole_environment.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let serialises = matches!(
            &*call.callee,
            "JSON.stringify"
                | "querystring.stringify"
                | "qs.stringify"
                | "util.inspect"
                | "util.format"
                | "v8.serialize"
                | "structuredClone"
                | "URLSearchParams"
        );
        let iterates = matches!(
            &*call.callee,
            "Object.entries" | "Object.values" | "Object.getOwnPropertyNames"
        );
        if !(serialises || iterates) || !call.args.iter().any(|arg| has_environment(arg, 0)) {
            continue;
        }
        let (severity, message) = if serialises {
            (Severity::Medium, "turns the whole environment into a text")
        } else {
            (Severity::Low, "goes through the whole environment")
        };
        found.call(call).severity(severity).message(message).add();
    }
}

fn has_environment(value: &Value, depth: u8) -> bool {
    match value {
        Value::Path(path) => &**path == "process.env",
        Value::Object(members) => {
            depth < 3
                && members
                    .iter()
                    .take(100)
                    .any(|(_, value)| has_environment(value, depth + 1))
        }
        Value::Array(parts) => {
            depth < 3
                && parts
                    .iter()
                    .take(100)
                    .any(|value| has_environment(value, depth + 1))
        }
        _ => false,
    }
}
