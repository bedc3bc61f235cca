//! Looks for a debugger, or keeps one from working.

use super::{Detector, Looks};
use crate::facts::{Facts, Span};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "debugger-gate",
    title: "Defends itself against being watched",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("debugger_gate.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    if let Some(call) = facts.calls.iter().find(|call| {
        (call.uses.runs_text.is_some() || call.callee.ends_with("constructor"))
            && call.args.iter().filter_map(Value::text).any(|text| {
                text.trim_matches([';', ' ', '(', ')']) == "debugger"
                    || text.starts_with("debugger;")
            })
    }) {
        found
            .call(call)
            .message("stops whoever has a debugger open")
            .add();
    }
    // A pattern that takes for ever once the code has been formatted: the obfuscator's "self defending".
    if let Some(span) = pattern(facts) {
        found
            .at(span)
            .message("hangs if its code was made readable")
            .evidence("(((.+)+)+)+$")
            .same(&file.path)
            .add();
    }
    if let Some((name, span)) = asks(facts) {
        found
            .at(span)
            .severity(Severity::Medium)
            .message("asks whether a debugger is attached, and ends or changes what it does")
            .evidence(name)
            .same(&format!("{} {name}", file.path))
            .add();
    }
}

fn pattern(facts: &Facts) -> Option<Span> {
    facts
        .strings
        .iter()
        .chain(&facts.patterns)
        .find(|text| text.text.contains("(((.+)+)+)+$"))
        .map(|text| text.span)
}

/// Asked, and the process ended in the same function.
fn asks(facts: &Facts) -> Option<(&'static str, Span)> {
    let ends = |function: u32| {
        facts.calls.iter().any(|call| {
            call.function == function
                && matches!(
                    &*call.callee,
                    "process.exit" | "process.kill" | "process.abort"
                )
        })
    };
    let call = facts
        .calls
        .iter()
        .find(|call| &*call.callee == "inspector.url" && ends(call.function));
    if let Some(call) = call {
        return Some(("inspector.url", call.span));
    }
    let said = facts.strings.iter().find(|text| {
        matches!(&*text.text, "--inspect" | "--inspect-brk" | "TracerPid") && ends(text.function)
    })?;
    Some((
        if said.text.starts_with("--") {
            "--inspect"
        } else {
            "TracerPid"
        },
        said.span,
    ))
}
