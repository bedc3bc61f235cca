//! A shell that is joined to somebody else's stream.

use super::{Detector, Looks};
use crate::facts::{Call, Facts};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "remote-shell",
    title: "Joins a shell to a stream",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("remote_shell.md"),
    looks: Looks::File(look),
};

const SHELLS: &[&str] = &[
    "/bin/sh",
    "/bin/bash",
    "/bin/zsh",
    "sh",
    "bash",
    "cmd",
    "cmd.exe",
    "powershell",
    "powershell.exe",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let Some(out) = facts.calls.iter().find(|call| gives_away(call)) else {
        return;
    };
    let taken = facts.calls.iter().any(|call| {
        call.callee.ends_with(".pipe")
            && matches!(call.args.first(), Some(Value::Path(into)) if is_of_child(into, ".stdin"))
    });
    if taken && names_shell(facts) {
        found
            .call(out)
            .message("joins the input and the output of a shell to a stream")
            .add();
    }
}

/// `child.stdout.pipe(socket)`; the terminal's own stream is where output belongs.
fn gives_away(call: &Call) -> bool {
    let of_child = call
        .callee
        .strip_suffix(".pipe")
        .is_some_and(|stream| is_of_child(stream, ".stdout"));
    let terminal =
        |into: &Value| matches!(into, Value::Path(path) if path.starts_with("process.std"));
    of_child && !call.args.first().is_none_or(terminal)
}

fn is_of_child(path: &str, stream: &str) -> bool {
    path.strip_suffix(stream)
        .is_some_and(|child| child.starts_with("child_process.") && child.ends_with("()"))
}

fn names_shell(facts: &Facts) -> bool {
    (facts.strings.iter()).any(|text| SHELLS.contains(&&*text.text.to_ascii_lowercase()))
}
