//! Packages that lie outside the project.

use lazaret_npm::lockfile::Source;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "path-outside",
    title: "A package outside the project",
    severity: Severity::Moderate,
    page: include_str!("path_outside.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        if !matches!(entry.source, Source::File | Source::Folder) {
            continue;
        }
        let path = entry
            .resolved
            .as_ref()
            .map_or(&*entry.key, |text| &*text.text);
        let path = ["file:", "link:", "portal:"]
            .iter()
            .find_map(|scheme| path.strip_prefix(scheme))
            .unwrap_or(path);
        if leads_out(path, &view.project.folder) {
            let at = entry.resolved.as_ref().map_or(NOWHERE, |text| text.at);
            let (name, path) = (entry.id(), super::shown(path));
            found.entry(index, at, format!(
                "{name} is taken from {path}, outside the project: what lies there is in no review of it"
            ));
        }
    }
}

/// Whether a path leaves the repository; the lockfile may lie in a folder of it.
fn leads_out(path: &str, folder: &str) -> bool {
    if path.starts_with('/') || path.starts_with('~') || path.contains(':') {
        return true;
    }
    let mut depth = folder.split('/').filter(|part| !part.is_empty()).count();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}
