//! Workflows of continuous integration, written by code.

use super::{Detector, Looks};
use crate::facts::Call;
use crate::files::{place_in, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::planted;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "ci-config",
    title: "Writes a workflow of continuous integration",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("ci_config.md"),
    looks: Looks::File(look),
};

const PLACES: &[&str] = &[
    ".github/workflows",
    ".github/actions",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "jenkinsfile",
    ".drone.yml",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let Some(path) = place(call) else {
            continue;
        };
        // Generators of projects do it when they are asked to.
        let severity = match file.phase_of(call.function) {
            Phase::Install | Phase::Import => Severity::High,
            _ => Severity::Medium,
        };
        found
            .call(call)
            .severity(severity)
            .message(format!(
                "writes {path}, which runs with the project's secrets"
            ))
            .add();
    }
    if let Some((call, place)) = planted::planted(file, PLACES) {
        found
            .call(call)
            .message(format!(
                "writes files, and names {place}, which runs with the project's secrets"
            ))
            .add();
    }
    for text in &file.facts.strings {
        if is_workflow(&text.text) {
            let secrets =
                text.text.contains("toJSON(secrets)") || text.text.contains("toJson(secrets)");
            found
                .text(text)
                .severity(if secrets {
                    Severity::High
                } else {
                    Severity::Low
                })
                .message(if secrets {
                    "has a workflow that hands out all secrets"
                } else {
                    "has a workflow as a text"
                })
                .add();
        }
    }
}

fn place(call: &Call) -> Option<String> {
    written(call)
        .into_iter()
        .find(|file| place_in(&file.path, PLACES).is_some())
        .map(|file| file.path)
}

fn is_workflow(text: &str) -> bool {
    text.len() > 60 && text.contains("runs-on:") && text.contains("jobs:") && text.contains("on:")
}
