//! Writes to where people keep what is theirs.

use super::{Detector, Looks};
use crate::facts::Facts;
use crate::files::file_function;
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "user-folder-write",
    title: "Writes to folders of the user",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("user_folder_write.md"),
    looks: Looks::File(look),
};

const FOLDERS: &[&str] = &[
    "Desktop",
    "Documents",
    "Downloads",
    "Pictures",
    "Music",
    "Videos",
    "OneDrive",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    if !matches!(file.phase, Phase::Install | Phase::Import) {
        return;
    }
    let home = |path: &str| path == "os.homedir" || path == "process.env.HOME";
    let facts = &file.facts;
    if !facts.calls.iter().any(|call| home(&call.callee))
        && !facts.reads.iter().any(|read| home(&read.path))
        || folders(facts) < 2
    {
        return;
    }
    // One that a person called would be somebody's wish.
    let write = facts.calls.iter().find(|call| {
        matches!(
            file.phase_of(call.function),
            Phase::Install | Phase::Import | Phase::Call
        ) && matches!(
            file_function(&call.callee),
            Some(
                "writeFile"
                    | "writeFileSync"
                    | "appendFile"
                    | "appendFileSync"
                    | "copyFile"
                    | "copyFileSync"
                    | "createWriteStream"
                    | "outputFile"
                    | "outputFileSync"
            )
        )
    });
    if let Some(call) = write {
        found
            .call(call)
            .message("writes files, and names the folders in which people keep their own")
            .add();
    }
}

fn folders(facts: &Facts) -> usize {
    let named = |folder: &&&str| {
        facts.strings.iter().any(|text| {
            let parts = text.text.split(['/', '\\']);
            text.text.len() < 100 && parts.into_iter().any(|part| part == **folder)
        })
    };
    FOLDERS.iter().filter(named).count()
}
