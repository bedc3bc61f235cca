//! Programs that git runs by itself.

use super::{Detector, Looks};
use crate::api;
use crate::facts::Call;
use crate::files::{place_in, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "git-hook",
    title: "Installs a git hook",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("git_hook.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let Some(message) = judged(call) else {
            continue;
        };
        let severity = match file.phase_of(call.function) {
            Phase::Install | Phase::Import => Severity::High,
            _ => Severity::Medium,
        };
        found.call(call).severity(severity).message(message).add();
    }
}

/// Where git keeps what it runs, and what says where that is.
const GIT: &[&str] = &[".git/hooks", ".git/config", ".gitconfig", ".git-templates"];

fn judged(call: &Call) -> Option<String> {
    if let Some(file) = written(call)
        .into_iter()
        .find(|file| place_in(&file.path, GIT).is_some())
    {
        return Some(format!("writes {}, by which git runs programs", file.path));
    }
    let line = api::command_line(call)?;
    let sets = line.contains("git")
        && line.contains("config")
        && [
            "core.hooksPath",
            "core.hookspath",
            "init.templateDir",
            "core.fsmonitor",
            "core.sshCommand",
            "credential.helper",
        ]
        .iter()
        .any(|key| line.contains(key))
        && !["--get", "--unset", "--list"]
            .iter()
            .any(|flag| line.contains(flag));
    sets.then(|| "sets by which program git works".to_owned())
}
