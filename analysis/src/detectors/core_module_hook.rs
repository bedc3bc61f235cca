//! Modules of Node.js, changed.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "core-module-hook",
    title: "Changes modules of Node.js",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("core_module_hook.md"),
    looks: Looks::File(look),
};

const MODULES: &[&str] = &[
    "http",
    "https",
    "http2",
    "net",
    "tls",
    "dns",
    "fs",
    "fs/promises",
    "child_process",
    "crypto",
    "stream",
    "events",
    "zlib",
    "vm",
];

/// Settings, which are there to be changed.
const SETTINGS: &[&str] = &[
    "globalAgent",
    "maxHeaderSize",
    "defaultMaxListeners",
    "DEFAULT_MAX_VERSION",
    "DEFAULT_MIN_VERSION",
    "DEFAULT_CIPHERS",
    "DEFAULT_ECDH_CURVE",
    "DEFAULT_ENCODING",
    "captureRejections",
    "usingDomains",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        let (module, member) = match write.path.split_once('.') {
            Some((module, member)) => (module, member),
            None => continue,
        };
        let is_process = module == "process"
            && matches!(
                member,
                "emit" | "kill" | "exit" | "stdout.write" | "stderr.write" | "binding" | "dlopen"
            );
        if !MODULES.contains(&module) && !is_process || member.contains("()") {
            continue;
        }
        let name = member.rsplit('.').next().unwrap_or(member);
        if SETTINGS.contains(&name) || !hooks::changes(write) || hooks::is_guarded(file, write) {
            continue;
        }
        // `crypto.x`, `events.y` may be a page's globals; only what the file loads is a module.
        let loaded = is_process
            || file.facts.imports.iter().any(|import| {
                import
                    .specifier
                    .text()
                    .is_some_and(|name| name.strip_prefix("node:").unwrap_or(name) == module)
            });
        if !loaded {
            continue;
        }
        let severity = if matches!(
            module,
            "http" | "https" | "http2" | "net" | "tls" | "child_process" | "fs"
        ) {
            Severity::Medium
        } else {
            Severity::Low
        };
        found
            .write(write)
            .severity(severity)
            .message(format!("changes {} for everybody", write.path))
            .add();
    }
}
