//! Who and where the machine is.

use std::collections::BTreeMap;

use super::{Detector, Looks};
use crate::facts::Span;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "host-fingerprint",
    title: "Asks who and where the machine is",
    severity: Severity::Low,
    cold: Severity::Note,
    page: include_str!("host_fingerprint.md"),
    looks: Looks::File(look),
};

/// What tells one machine or user from another.
const TELLING: &[&str] = &[
    "os.hostname",
    "os.userInfo",
    "os.networkInterfaces",
    "node-machine-id.machineId",
    "node-machine-id.machineIdSync",
    "systeminformation.uuid",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut asked: BTreeMap<&str, (Span, u32)> = BTreeMap::new();
    for call in &file.facts.calls {
        if let Some(name) = TELLING.iter().find(|name| **name == &*call.callee) {
            asked.entry(name).or_insert((call.span, call.function));
        }
    }
    let Some((span, function)) = asked.values().min().copied() else {
        return;
    };
    let names: Vec<&str> = asked.into_keys().collect();
    found
        .at(span)
        .function(function)
        .severity(if names.len() > 1 {
            Severity::Low
        } else {
            Severity::Note
        })
        .message(format!("asks for {}", names.join(", ")))
        .evidence(names.join(", "))
        .same(&names.join(" "))
        .add();
}
