//! Commands that npm runs when the package is installed.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
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
        if is_nothing(command) {
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
}

/// Commands that do nothing, which some packages have to keep npm from building them.
fn is_nothing(command: &str) -> bool {
    matches!(command.trim(), "" | "true" | ":" | "exit 0" | "exit")
        || command.trim().strip_prefix("echo ").is_some_and(|text| {
            !text.contains(['|', '&', ';', '`', '$', '>', '<', '%', '^', '\n', '\r'])
        })
}
