//! Calls of which nobody can tell what they call.

use std::collections::BTreeMap;

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "unresolved-call",
    title: "Calls what it does not name",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("unresolved_call.md"),
    looks: Looks::File(look),
};

/// Tables of functions are called by computed names in good code; not many of them, and not most of the time.
const LEAST: usize = 20;
const SHARE: usize = 4;

fn look(file: &FileView<'_>, found: &mut Found) {
    let calls = &file.facts.calls;
    let computed = calls.iter().filter(|call| call.callee.contains("[]"));
    let count = computed.clone().count();
    if count < LEAST || count * SHARE < calls.len() {
        return;
    }
    let mut functions: BTreeMap<u32, usize> = BTreeMap::new();
    for call in computed.clone() {
        *functions.entry(call.function).or_default() += 1;
    }
    let Some(first) = computed.clone().next() else {
        return;
    };
    found
        .at(first.span)
        .message(format!(
            "{count} of {} calls in {} functions stay computed: what they call is not known",
            calls.len(),
            functions.len()
        ))
        .evidence(file.slice(first.span))
        .same("calls")
        .add();
}
