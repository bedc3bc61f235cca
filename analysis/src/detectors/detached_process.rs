//! Processes that outlive the one that started them.

use super::{Detector, Looks};
use crate::api;
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "detached-process",
    title: "Leaves a silent process behind",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("detached_process.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        if !call.uses.starts_process {
            continue;
        }
        let Some(options) = api::process_options(call) else {
            continue;
        };
        if options.member("detached") != Some(&Value::Boolean(true)) {
            continue;
        }
        let silent = match options.member("stdio") {
            Some(Value::String(text)) => &**text == "ignore",
            Some(Value::Array(all)) => {
                !all.is_empty() && all.iter().all(|one| one.text() == Some("ignore"))
            }
            _ => false,
        };
        let line = api::command_line(call).unwrap_or_default();
        let program = line.split(' ').next().unwrap_or("");
        // It starts itself, a script or a shell; not somebody's editor or browser.
        let runs_code = matches!(
            program,
            "node"
                | "bun"
                | "deno"
                | "sh"
                | "bash"
                | "zsh"
                | "cmd"
                | "cmd.exe"
                | "powershell"
                | "powershell.exe"
                | "python"
                | "python3"
        );
        let severity = match (silent, runs_code) {
            (true, true) => Severity::High,
            (true, false) => Severity::Medium,
            (false, _) => Severity::Low,
        };
        found
            .call(call)
            .severity(severity)
            .message(if silent {
                "starts a process that goes on without a word when this one ends"
            } else {
                "starts a process that goes on when this one ends"
            })
            .add();
    }
}
