//! Text that is run as code, and gets `require`.

use super::code_of_bytes::gets_require;
use super::{Detector, Looks};
use crate::api;
use crate::facts::Call;
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "hands-over-require",
    title: "Hands require to a text that it runs",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("hands_over_require.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in file.facts.calls.iter().filter(|call| gets_require(call)) {
        found
            .call(call)
            .message("hands require to a function that it made of a text")
            .add();
    }
    for call in &file.facts.calls {
        // What is known was read as code, and is judged as such.
        let unknown = !matches!(
            api::code(call),
            None | Some(Value::String(_) | Value::Function(_))
        );
        if unknown && names_require(call) {
            found
                .call(call)
                .message("runs a text as code and hands it require, by which it reaches everything")
                .add();
        }
    }
}

/// `new Function("require", code)`, `vm.compileFunction(code, ["require"])`; with `exports` it is a loader of modules.
fn names_require(call: &Call) -> bool {
    let mut names = Vec::new();
    for arg in &call.args {
        match arg {
            Value::String(text) => names.push(&**text),
            Value::Array(items) => names.extend(items.iter().filter_map(Value::text)),
            _ => {}
        }
    }
    names.contains(&"require") && !names.contains(&"exports") && !names.contains(&"__dirname")
}
