//! Dependencies that come from elsewhere than a registry.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::manifest::{Dependency, Group};
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "git-dependency",
    title: "Depends on a git repository",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("git_dependency.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    for dependency in package.manifest.installed() {
        // npm does not install a peer dependency from there by itself if anything else satisfies it.
        if dependency.group == Group::Peer || !is_git(dependency) {
            continue;
        }
        found
            .place(dependency.place())
            .message(format!(
                "{} comes from a git repository, whose prepare script npm runs",
                dependency.name
            ))
            .evidence(&*dependency.wanted)
            .same(&format!("{} {}", dependency.name, dependency.wanted))
            .phase(Phase::Install)
            .add();
    }
}

/// As npm-package-arg decides.
pub(super) fn is_git(dependency: &Dependency) -> bool {
    let wanted = dependency.wanted.trim();
    let lower = wanted.to_ascii_lowercase();
    const SCHEMES: [&str; 9] = [
        "git:",
        "git+ssh:",
        "git+http:",
        "git+https:",
        "git+file:",
        "github:",
        "gitlab:",
        "bitbucket:",
        "gist:",
    ];
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
        || lower.starts_with("ssh:")
        || lower
            .split('#')
            .next()
            .is_some_and(|url| url.starts_with("http") && url.ends_with(".git"))
        || is_scp(wanted)
        || is_shorthand(wanted)
}

/// `git@host.example:owner/repository.git`
fn is_scp(wanted: &str) -> bool {
    let Some((user, rest)) = wanted.split_once('@') else {
        return false;
    };
    !user.is_empty()
        && !user.contains(['/', ':'])
        && rest.contains(':')
        && !wanted.contains("://")
        && !wanted.starts_with("npm:")
}

/// `owner/repository`, of GitHub.
fn is_shorthand(wanted: &str) -> bool {
    let path = wanted.split('#').next().unwrap_or_default();
    !path.starts_with(['.', '/', '~', '@'])
        && path.matches('/').count() == 1
        && !path.contains([':', '@', ' ', '\\'])
        && path.split('/').all(|part| !part.is_empty())
}
