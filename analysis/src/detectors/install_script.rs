//! Commands that npm runs when the package is installed.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::{Manifest, does_nothing};
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "install-script",
    title: "Runs a command when it is installed",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("install_script.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for (name, command) in package.manifest.install_scripts() {
        if does_nothing(command) {
            continue;
        }
        found
            .manifest(package, &["scripts", name])
            .message(format!("npm runs its {name} script on whoever installs it"))
            .evidence(command)
            .same(&format!("{name}: {command}"))
            .phase(Phase::Install)
            .add();
    }
    for file in &package.files {
        let Some(folder) = file.path.strip_suffix("/package.json") else {
            continue;
        };
        if !is_bundled(folder) {
            continue;
        }
        let manifest = Manifest::parse(&file.text);
        for (name, command) in manifest.install_scripts() {
            if does_nothing(command) {
                continue;
            }
            let found = found.within(file);
            let message =
                format!("npm runs the {name} script of a dependency that the tarball brings");
            match manifest.span(&["scripts", name]) {
                Some(span) => found.at(span),
                None => found.file(),
            }
            .message(message)
            .evidence(command)
            .same(&format!("{folder} {name}: {command}"))
            .phase(Phase::Install)
            .add();
        }
    }
}

/// `node_modules/name` or `node_modules/@scope/name`, however deep.
fn is_bundled(folder: &str) -> bool {
    let Some((before, name)) = folder
        .rsplit_once("/node_modules/")
        .or_else(|| folder.strip_prefix("node_modules/").map(|name| ("", name)))
    else {
        return false;
    };
    let slashes = usize::from(name.starts_with('@'));
    name.matches('/').count() == slashes
        && (before.is_empty() || before.starts_with("node_modules/"))
}
