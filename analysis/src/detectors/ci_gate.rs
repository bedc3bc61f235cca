//! Whether it runs in continuous integration, asked in order to behave differently.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "ci-gate",
    title: "Asks whether it runs in continuous integration",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("ci_gate.md"),
    looks: Looks::File(look),
};

/// Set by services, not by people.
const VARIABLES: &[&str] = &[
    "CI",
    "CONTINUOUS_INTEGRATION",
    "BUILD_NUMBER",
    "BUILD_ID",
    "RUN_ID",
    "GITHUB_ACTIONS",
    "GITHUB_RUN_ID",
    "GITLAB_CI",
    "TRAVIS",
    "CIRCLECI",
    "APPVEYOR",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "BITBUCKET_BUILD_NUMBER",
    "CODEBUILD_BUILD_ID",
    "TF_BUILD",
    "BUILDKITE",
    "DRONE",
    "VERCEL",
    "NETLIFY",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut names = BTreeSet::new();
    let mut first = None;
    let mut installing = false;
    for read in &file.facts.reads {
        let Some(name) = read.path.strip_prefix("process.env.") else {
            continue;
        };
        if VARIABLES.contains(&name) {
            names.insert(name);
            installing |= file.phase_of(read.function) == Phase::Install;
            first = first.or(Some(read));
        }
    }
    let leaves = file
        .facts
        .calls
        .iter()
        .any(|call| &*call.callee == "process.exit");
    let (Some(read), true) = (first, installing || (names.len() >= 2 && leaves)) else {
        return;
    };
    let all: Vec<&str> = names.into_iter().collect();
    found
        .read(read)
        .severity(if installing {
            Severity::Medium
        } else {
            Severity::Low
        })
        .message(if installing {
            "asks while it is installed whether that is in continuous integration"
        } else {
            "asks whether it runs in continuous integration, and may end the process"
        })
        .evidence(all.join(", "))
        .add();
}
