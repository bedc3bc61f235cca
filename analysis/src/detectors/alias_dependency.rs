//! Dependencies that are installed under another name than their own.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::Group;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "alias-dependency",
    title: "Installs a dependency under another name",
    severity: Severity::Medium,
    cold: Severity::Note,
    page: include_str!("alias_dependency.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for dependency in package.manifest.installed() {
        if !dependency.wanted.trim().starts_with("npm:") {
            continue;
        }
        let real = dependency.real_name();
        if dependency.group == Group::Peer || is_variant(&dependency.name, real) {
            continue;
        }
        found
            .place(dependency.place())
            .message(format!("what the code calls {} is {real}", dependency.name))
            .evidence(&*dependency.wanted)
            .same(&format!("{} {real}", dependency.name))
            .phase(Phase::Install)
            .add();
    }
}

/// One name lies in the other: another version of the same (`string-width-cjs`), or a fork that says so.
fn is_variant(alias: &str, real: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['.', '_'], "-");
    let bare = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let (alias, real) = (plain(alias), plain(real));
    let lies_in = |short: String, long: &str| short.len() > 1 && long.contains(&short);
    lies_in(bare(&alias), &real) || lies_in(bare(&real), &alias)
}
