//! Install scripts that do more than start a file of the package.

use super::{Detector, Looks};
use crate::command::{self, Deed};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "install-command",
    title: "Fetches, decodes or hides in its install script",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("install_command.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for (name, line) in package.manifest.install_scripts() {
        let command = command::read(line);
        let Some((deed, words)) = command
            .deeds
            .iter()
            .max_by_key(|(deed, _)| (severity(**deed), std::cmp::Reverse(**deed)))
        else {
            continue;
        };
        let severity = severity(*deed);
        if severity == Severity::Note {
            continue;
        }
        found
            .manifest(package, &["scripts", name])
            .severity(severity)
            .message(format!("its {name} script {}", deed.words()))
            .evidence(&**words)
            .same(&format!("{name}: {line}"))
            .phase(Phase::Install)
            .add();
    }
}

fn severity(deed: Deed) -> Severity {
    match deed {
        deed if deed.is_attack() => Severity::Critical,
        Deed::RunsFetched | Deed::Wipes | Deed::Autostarts | Deed::Disarms => Severity::Critical,
        Deed::ReadsSecret
        | Deed::Sends
        | Deed::Fetches
        | Deed::RunsForOthers
        | Deed::Decodes
        | Deed::Hides
        | Deed::Publishes
        | Deed::ReadsClipboard => Severity::High,
        Deed::MakesExecutable | Deed::AsksWho => Severity::Medium,
        // `node -e "try { require('./x') } catch {}"` is how good packages survive their own script; the code is read
        // like any other. Other runtimes have a rule of their own.
        Deed::InlineCode | Deed::OtherRuntime => Severity::Note,
        _ => Severity::Medium,
    }
}
