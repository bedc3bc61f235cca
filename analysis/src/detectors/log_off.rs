//! Keeps messages from being seen.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "log-off",
    title: "Silences the console",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("log_off.md"),
    looks: Looks::File(look),
};

const OUTPUTS: &[&str] = &[
    "console.log",
    "console.warn",
    "console.error",
    "console.info",
    "console.debug",
    "console.trace",
    "console",
    "process.stdout.write",
    "process.stderr.write",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        if !OUTPUTS.contains(&&*write.path)
            || !matches!(
                write.value,
                Value::Function(_) | Value::Object(_) | Value::Undefined | Value::Null
            )
        {
            continue;
        }
        let severity = match file.phase_of(write.function) {
            Phase::Install | Phase::Import => Severity::Medium,
            _ => Severity::Low,
        };
        found
            .write(write)
            .severity(severity)
            .message(format!("replaces {}", write.path))
            .add();
    }
    for call in &file.facts.calls {
        if &*call.callee == "process.removeAllListeners"
            && call.args.first().and_then(Value::text) == Some("warning")
        {
            found
                .call(call)
                .severity(Severity::Low)
                .message("keeps warnings of Node.js from being seen")
                .add();
        }
    }
}
