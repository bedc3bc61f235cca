//! Installs that bring or use another runtime than Node.

use super::{Detector, Looks};
use crate::api;
use crate::command::{self, Deed};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "runtime-bootstrap",
    title: "Runs another runtime when it is installed",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("runtime_bootstrap.md"),
    looks: Looks::Package(look),
};

/// Where runtimes are fetched from.
const DOWNLOADS: &[(&str, &str)] = &[
    ("bun.sh/install", "bun"),
    ("bun.com/install", "bun"),
    ("github.com/oven-sh/bun/releases", "bun"),
    ("deno.land/install", "deno"),
    ("deno.land/x/install", "deno"),
    ("github.com/denoland/deno/releases", "deno"),
    ("dl.deno.land", "deno"),
    ("nodejs.org/dist", "node"),
    ("nodejs.org/download", "node"),
    ("python.org/ftp/python", "python"),
    ("github.com/astral-sh/python-build-standalone", "python"),
    ("github.com/indygreg/python-build-standalone", "python"),
    ("astral.sh/uv", "uv"),
    ("github.com/astral-sh/uv/releases", "uv"),
    ("sh.rustup.rs", "rustup"),
];

fn look(package: &PackageView, found: &mut Found) {
    for (name, line) in package.manifest.install_scripts() {
        let command = command::read(line);
        let fetched = download(line);
        let (severity, message, evidence) = match (fetched, command.deeds.get(&Deed::OtherRuntime))
        {
            (Some(runtime), _) => (
                Severity::Critical,
                format!("its {name} script fetches {runtime}"),
                line,
            ),
            (None, Some(words)) if !is_build(words) => (
                Severity::High,
                format!("its {name} script runs another runtime than Node"),
                words.as_str(),
            ),
            _ => continue,
        };
        found
            .manifest(package, &["scripts", name])
            .severity(severity)
            .message(message)
            .evidence(evidence)
            .same(&format!("{name}: {line}"))
            .phase(Phase::Install)
            .add();
    }
    for file in &package.files {
        if file.phase == Phase::Install || file.phases.contains(&Phase::Install) {
            script(file, found.within(file));
        }
    }
}

/// A script that an installation runs: fetches a runtime and starts processes, or starts a runtime.
fn script(file: &Source, found: &mut Found) {
    let starts = file
        .facts
        .calls
        .iter()
        .find(|call| call.uses.starts_process);
    for text in &file.facts.strings {
        let (Some(runtime), Some(call)) = (download(&text.text), starts) else {
            continue;
        };
        if file.phase_of(text.function) != Phase::Install {
            continue;
        }
        found
            .text(text)
            .severity(Severity::Critical)
            .message(format!(
                "fetches {runtime} and starts programs while it is installed"
            ))
            .via(file.place(call.span))
            .add();
    }
    for call in &file.facts.calls {
        let Some(line) = api::command_line(call) else {
            continue;
        };
        let command = command::read(&line);
        let Some(words) = command.deeds.get(&Deed::OtherRuntime) else {
            continue;
        };
        if is_build(words) || file.phase_of(call.function) != Phase::Install {
            continue;
        }
        found
            .call(call)
            .severity(Severity::High)
            .message("starts another runtime than Node while it is installed")
            .add();
    }
}

fn download(text: &str) -> Option<&'static str> {
    if text.len() > 2_000 {
        return None;
    }
    DOWNLOADS
        .iter()
        .find(|(place, _)| text.contains(place))
        .map(|(_, runtime)| *runtime)
}

/// node-gyp needs Python, and its version is asked before.
fn is_build(words: &str) -> bool {
    words.contains("gyp") || words.ends_with(" --version") || words.ends_with(" -V")
}
