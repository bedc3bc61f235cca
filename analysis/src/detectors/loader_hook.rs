//! The loader of modules, changed.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "loader-hook",
    title: "Changes how modules are loaded",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("loader_hook.md"),
    looks: Looks::File(look),
};

const PATHS: &[&str] = &[
    "module._load",
    "module._resolveFilename",
    "module._compile",
    "module._findPath",
    "module._extensions",
    "module.prototype.require",
    "module.prototype._compile",
    "module.prototype.load",
    "require.extensions",
    "require",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        let path = write.path.split('[').next().unwrap_or("");
        let known = PATHS.contains(&path)
            || path.starts_with("module._extensions.")
            || path.starts_with("require.extensions.");
        if !known || !hooks::changes(write) || (path == "require" && hooks::is_guarded(file, write))
        {
            continue;
        }
        let severity = if path == "require" {
            Severity::Low
        } else {
            Severity::Medium
        };
        found
            .write(write)
            .severity(severity)
            .message("sees and may change every module that is loaded")
            .add();
    }
    for call in &file.facts.calls {
        if matches!(
            &*call.callee,
            "module.register"
                | "module.registerHooks"
                | "pirates.addHook"
                | "require-in-the-middle"
                | "import-in-the-middle"
        ) {
            found
                .call(call)
                .message("sees and may change every module that is loaded")
                .add();
        }
    }
}
