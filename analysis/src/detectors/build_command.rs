//! Files that other build tools run, with commands that run what they fetch.

use super::{Detector, Looks};
use crate::command;
use crate::facts::Span;
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::Kind;
use crate::secret;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "build-command",
    title: "Has a build file that runs what it fetches",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("build_command.md"),
    looks: Looks::File(look),
};

/// In lower case. What is run when an app is built, or a container is made, of what a package brought.
const ENDINGS: &[&str] = &[
    ".podspec",
    "podfile",
    ".gradle",
    ".gradle.kts",
    "cmakelists.txt",
    ".cmake",
    "makefile",
    ".mk",
    ".xcscheme",
    ".pbxproj",
    "devcontainer.json",
    "devcontainer-feature.json",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let path = file.path.to_ascii_lowercase();
    let is_text = !matches!(file.kind, Kind::Script | Kind::Declarations);
    if !is_text || !ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        return;
    }
    if let Some((at, line)) = command::fetched_and_run(&file.text) {
        found
            .at(span(at))
            .message("has a command that runs what it fetches")
            .evidence(line)
            .phase(Phase::Install)
            .add();
    }
    if let Some((at, path)) = mounted_secret(&file.text).filter(|_| path.ends_with(".json")) {
        found
            .at(span(at))
            .message(format!(
                "gives {path} of whoever opens the project to a container"
            ))
            .evidence(path)
            .phase(Phase::Install)
            .add();
    }
}

/// `"source=${localEnv:HOME}/.ssh,target=/keys,type=bind"`.
fn mounted_secret(text: &str) -> Option<(usize, &str)> {
    text.match_indices("source=")
        .take(100)
        .find_map(|(at, word)| {
            let path = &text[at + word.len()..];
            let path = &path[..path.find([',', '"', '\n'])?];
            secret::path(path).map(|_| (at, path))
        })
}

fn span(at: usize) -> Span {
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: at, end: at }
}
