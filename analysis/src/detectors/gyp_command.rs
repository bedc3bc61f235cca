//! Native builds that npm starts unasked, and the commands in their descriptions.

use std::rc::Rc;

use super::{Detector, Looks};
use crate::command;
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::gyp::{self, When};
use crate::kind::Kind;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "gyp-command",
    title: "Runs a command through a build description",
    severity: Severity::Critical,
    cold: Severity::Medium,
    page: include_str!("gyp_command.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    if let Some(root) = package.file("binding.gyp")
        && builds_unasked(package)
    {
        found
            .within(root)
            .file()
            .message("npm builds it on whoever installs it, without any install script")
            .evidence("binding.gyp")
            .same("binding.gyp")
            .phase(Phase::Install)
            .add();
    }
    for file in package.files.iter().filter(|file| file.kind == Kind::Gyp) {
        for command in gyp::commands(&file.text) {
            told(package, file, &command, found);
        }
    }
}

/// npm then runs `node-gyp rebuild` as the install script.
fn builds_unasked(package: &PackageView) -> bool {
    let scripts = &package.manifest.scripts;
    !scripts.contains_key("install")
        && !scripts.contains_key("preinstall")
        && package.manifest.value["gypfile"] != false
}

fn told(package: &PackageView, file: &Rc<Source>, command: &gyp::Command, found: &mut Found) {
    if command.is_look_up() {
        return;
    }
    let read = command::read(&gyp::without_variables(&command.line));
    let runs_own_file = read.steps.iter().any(|step| {
        std::iter::once(&step.spelled)
            .chain(&step.args)
            .any(|word| is_own_script(package, word))
    });
    let (severity, what) = match command.when {
        _ if read.worst().is_some_and(|(deed, _)| deed.is_grave()) => (
            Severity::Critical,
            read.worst().map_or("", |(deed, _)| deed.words()),
        ),
        When::Evaluating => (
            Severity::Critical,
            "leaves the comparison that it should be",
        ),
        When::Reading if runs_own_file => (Severity::High, "runs a script of the package"),
        When::Reading => (Severity::Medium, "runs as soon as the description is read"),
        When::Building if runs_own_file => (Severity::Medium, "runs a script of the package"),
        When::Building => (Severity::Low, "runs while it is built"),
    };
    found
        .within(file)
        .at(command.span)
        .severity(severity)
        .message(format!("a command in the build description {what}"))
        .evidence(&*command.line)
        .same(&command.line)
        .phase(Phase::Install)
        .add();
}

fn is_own_script(package: &PackageView, word: &str) -> bool {
    let path = word.trim_start_matches("./");
    !path.is_empty()
        && ["", ".js", ".cjs", ".mjs", "/index.js"]
            .iter()
            .any(|ending| package.file(&format!("{path}{ending}")).is_some())
}
