//! Removes its own traces.

use super::{Detector, Looks};
use crate::facts::Call;
use crate::files::{deleted, file_function, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "self-deletion",
    title: "Removes its own traces",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("self_deletion.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let Some(message) = judged(call, file) else {
            continue;
        };
        found.call(call).message(message).add();
    }
}

fn judged(call: &Call, file: &FileView<'_>) -> Option<&'static str> {
    let first = call.args.first();
    if is_delete(call) && first.is_some_and(is_own_file) {
        return Some("deletes the file that it is in");
    }
    if matches!(
        file_function(&call.callee),
        Some("writeFile" | "writeFileSync")
    ) {
        if first.is_some_and(is_own_file) {
            return Some("rewrites the file that it is in");
        }
        let elsewhere = |path: &str| matches!(path, "require.resolve()" | "import.meta.resolve()");
        if matches!(first, Some(Value::Path(path)) if elsewhere(path)) {
            return Some("rewrites a file of another package");
        }
    }
    // An install script that puts a clean manifest in place of the one that started it.
    let installing = file.phase_of(call.function) == Phase::Install;
    let manifest = |path: &str| path == "package.json" || path.ends_with("/package.json");
    if installing && deleted(call).is_some_and(|(path, _)| manifest(&path)) {
        return Some("deletes a package.json while it is installed");
    }
    let moves = call.callee.ends_with("rename")
        || call.callee.ends_with("renameSync")
        || call.callee.ends_with("copyFileSync")
        || call.callee.ends_with("copyFile");
    (installing && moves && written(call).iter().any(|file| manifest(&file.path)))
        .then_some("puts another package.json in the place of its own while it is installed")
}

fn is_delete(call: &Call) -> bool {
    let name = call.callee.rsplit('.').next().unwrap_or_default();
    matches!(
        name,
        "unlink" | "unlinkSync" | "rm" | "rmSync" | "remove" | "removeSync" | "rimraf"
    )
}

fn is_own_file(value: &Value) -> bool {
    match value {
        Value::Path(path) => matches!(
            &**path,
            "__filename"
                | "process.argv[1]"
                | "process.argv.1"
                | "import.meta.filename"
                | "import.meta.url"
                | "url.fileURLToPath()"
                | "module.filename"
        ),
        _ => false,
    }
}
