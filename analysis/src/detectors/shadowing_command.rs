//! Commands that are called like somebody else's.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "shadowing-command",
    title: "Installs a command with the name of a well-known tool",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("shadowing_command.md"),
    looks: Looks::Package(look),
};

/// What scripts of packages start by name, and the word in the names of packages that rightly bring it.
const TOOLS: &[(&str, &str)] = &[
    ("node", "node"),
    ("npm", "npm"),
    ("npx", "np"),
    ("node-gyp", "gyp"),
    ("node-pre-gyp", "gyp"),
    ("prebuild-install", "prebuild"),
    ("yarn", "yarn"),
    ("yarnpkg", "yarn"),
    ("pnpm", "pnpm"),
    ("pnpx", "pnpm"),
    ("bun", "bun"),
    ("bunx", "bun"),
    ("deno", "deno"),
    ("git", "git"),
    ("ssh", "ssh"),
    ("curl", "curl"),
    ("wget", "wget"),
    ("sh", "sh"),
    ("bash", "bash"),
    ("sudo", "sudo"),
    ("python", "python"),
    ("python3", "python"),
    ("make", "make"),
    ("cmake", "cmake"),
    ("cc", "cc"),
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("docker", "docker"),
    ("kubectl", "kube"),
    ("aws", "aws"),
    ("gcloud", "gcloud"),
];

fn look(package: &PackageView, found: &mut Found) {
    let name = &package.manifest.name;
    // It hands on to the package managers of a project, and is made for it.
    if name == "corepack" {
        return;
    }
    let Some(commands) = package.manifest.value["bin"].as_object() else {
        return;
    };
    for (tool, word) in TOOLS {
        if commands.contains_key(*tool) && !name.contains(word) {
            found
                .manifest(package, &["bin", tool])
                .message(format!("installs a command called {tool}"))
                .same(tool)
                .add();
        }
    }
}
