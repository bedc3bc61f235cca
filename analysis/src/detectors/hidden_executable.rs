//! Programs that are called something else.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::{self, Kind};
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "hidden-executable",
    title: "Contains a program under a false name",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("hidden_executable.md"),
    looks: Looks::File(look),
};

/// Endings of what is no program.
const OTHERS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "svg", "avif", "js", "mjs", "cjs", "jsx",
    "ts", "mts", "cts", "tsx", "json", "map", "md", "txt", "html", "htm", "css", "scss", "less",
    "yml", "yaml", "xml", "csv", "lock", "log", "woff", "woff2", "ttf", "otf", "eot", "wasm",
    "pdf", "mp3", "mp4", "zip", "gz", "tgz", "tar", "sh", "py", "vue", "svelte", "gyp", "env",
    "toml", "d",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let ending = kind::ending(&file.path);
    if ending == "node"
        && matches!(file.kind, Kind::Script | Kind::Text)
        && file.text.contains(['(', '='])
    {
        found
            .file()
            .message("is called a program of the machine's own instructions and is a script")
            .evidence(format!("{} bytes", file.bytes.len()))
            .same(&file.path)
            .phase(file.phase.min(Phase::Call))
            .add();
    }
    if !file.kind.is_native() || !OTHERS.contains(&ending.as_str()) {
        return;
    }
    found
        .file()
        .message(format!("is {} and is called .{ending}", file.kind.phrase()))
        .evidence(format!("{} bytes", file.bytes.len()))
        .same(&file.path)
        .add();
}
