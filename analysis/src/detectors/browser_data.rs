//! Profiles of browsers.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::secret::Kind;
use crate::taken;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "browser-data",
    title: "Reads profiles of browsers",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("browser_data.md"),
    looks: Looks::File(look),
};

/// Files in a profile that hold what a person typed or was given.
const STORES: &[&str] = &[
    "login data",
    "web data",
    "cookies",
    "cookies.sqlite",
    "local state",
    "logins.json",
    "key4.db",
    "key3.db",
    "local extension settings",
    "cookies.binarycookies",
    "login data for account",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let all: Vec<_> = taken::taken(file)
        .iter()
        .filter(|taken| taken.kind == Kind::Browser)
        .collect();
    let unknown = taken::reads_unknown_files(file);
    let is_store = |path: &str| {
        let path = path.to_ascii_lowercase().replace('\\', "/");
        STORES
            .iter()
            .any(|store| path.rsplit('/').take(3).any(|part| part == *store))
    };
    let stores = all.iter().filter(|taken| is_store(&taken.path)).count();
    for taken in &all {
        let store = is_store(&taken.path);
        let severity = match (taken.read, store) {
            // By it alone tools find the profiles, to start a browser with one.
            (true, true)
                if stores < 2 && taken.path.to_ascii_lowercase().ends_with("local state") =>
            {
                Severity::Medium
            }
            (true, true) => Severity::High,
            (false, true) if unknown && stores >= 2 => Severity::High,
            (true, false) => Severity::Medium,
            (false, true) if unknown => Severity::Medium,
            (false, false) if unknown && stores >= 1 => Severity::Medium,
            _ => continue,
        };
        let verb = if taken.read { "reads" } else { "names" };
        found
            .at(taken.span)
            .function(taken.function)
            .severity(severity)
            .message(format!("{verb} a browser's {}", taken.path))
            .evidence(taken.evidence.as_str())
            .same(&taken.path)
            .add();
    }
}
