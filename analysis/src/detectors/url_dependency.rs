//! Dependencies that are archives on somebody's web server.

use super::git_dependency::is_git;
use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::Group;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "url-dependency",
    title: "Depends on an archive from the web",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("url_dependency.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for dependency in package.manifest.installed() {
        let wanted = dependency.wanted.trim().to_ascii_lowercase();
        let is_url = wanted.starts_with("http://") || wanted.starts_with("https://");
        if !is_url || dependency.group == Group::Peer || is_git(dependency) {
            continue;
        }
        found
            .place(dependency.place())
            .message(format!(
                "{} is fetched from a web server, past the registry, and its install scripts run",
                dependency.name
            ))
            .evidence(&*dependency.wanted)
            .same(&format!("{} {}", dependency.name, dependency.wanted))
            .phase(Phase::Install)
            .add();
    }
}
