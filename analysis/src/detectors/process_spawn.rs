//! Processes.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::api;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "process-spawn",
    title: "Starts programs",
    severity: Severity::Medium,
    cold: Severity::Note,
    page: include_str!("process_spawn.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for call in &file.facts.calls {
        if !call.uses.starts_process {
            continue;
        }
        let line = api::command_line(call).unwrap_or_default();
        let program = line.split(' ').next().unwrap_or("").to_owned();
        if !seen.insert((api::plain(&call.callee).to_owned(), program.clone())) {
            continue;
        }
        let message = if program.is_empty() || program.contains('*') {
            "starts a program that could not be told".to_owned()
        } else {
            format!("starts {program}")
        };
        found
            .call(call)
            .severity(if program.contains("git") {
                Severity::Low
            } else {
                Severity::Medium
            })
            .message(message)
            .add();
    }
}
