//! The environment without its name.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "process-by-names",
    title: "Takes members of process by computed names",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("process_by_names.md"),
    looks: Looks::File(look),
};

/// `Object.keys(process).map(name => process[name])`: the environment without its name.
fn look(file: &FileView<'_>, found: &mut Found) {
    let lists = file.facts.calls.iter().find(|call| {
        matches!(
            &*call.callee,
            "Object.keys"
                | "Object.entries"
                | "Object.values"
                | "Object.getOwnPropertyNames"
                | "Reflect.ownKeys"
        ) && matches!(call.args.first(), Some(Value::Path(path)) if &**path == "process")
    });
    let takes = file
        .facts
        .reads
        .iter()
        .any(|read| &*read.path == "process[]");
    if let Some(call) = lists.filter(|call| takes || &*call.callee == "Object.entries") {
        found
            .call(call)
            .message("takes members of process by computed names, the environment among them")
            .add();
    }
}
