//! Addresses that are written to be misread.

use lazaret_npm::lockfile::{Format, Source};
use lazaret_policy::Severity;

use super::url::{self, Address};
use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "resolved-odd",
    title: "An address that is easily misread",
    severity: Severity::High,
    page: include_str!("resolved_odd.md"),
    check: Check::Integrity,
    look,
};

/// How repositories are written.
const REPOSITORIES: &[&str] = &[
    "bitbucket",
    "file",
    "gist",
    "git",
    "git+file",
    "git+http",
    "git+https",
    "git+ssh",
    "github",
    "gitlab",
    "http",
    "https",
    "ssh",
];

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    let format = view.project.lockfile.format;
    for (index, entry) in view.packages() {
        let name = entry.id();
        // What is no version is an address of a kind that nobody knows.
        if let Some(version) = &entry.version
            && entry.source == Source::Registry
            && version.text.contains(':')
        {
            let message =
                format!("{name} has an address for its version, of a kind that no client writes");
            found.entry(index, version.at, message);
        }
        let Some(resolved) = &entry.resolved else {
            continue;
        };
        let what = match Address::parse(&resolved.text) {
            Some(address) => of_address(&resolved.text, &address, entry.source),
            None => of_other(&resolved.text, entry.source, format),
        };
        if let Some(what) = what {
            found.entry(index, resolved.at, format!("the address of {name} {what}"));
        }
    }
}

fn of_address(text: &str, address: &Address<'_>, source: Source) -> Option<String> {
    let path = address.path.to_ascii_lowercase();
    let climbs = path
        .split('/')
        .any(|part| matches!(part, ".." | "%2e%2e" | ".%2e" | "%2e."));
    let what = if address.user.is_some() {
        "has something before an @, which is no part of the host and may be a password"
    } else if text.contains('\\') {
        "has a backslash, which clients read as a slash"
    } else if climbs || path.contains("%2f..") || path.contains("..%2f") {
        "leads back up with .."
    } else if address.host.is_empty() || !address.host.is_ascii() || address.host.contains('%') {
        "has a host that is empty or not in plain letters"
    } else if has_space(text) {
        "has control characters or spaces"
    } else if source == Source::Registry && !address.is_plainly_spelled() {
        "hides a part of its path behind percent signs that it does not need"
    } else if address.secret().is_some() {
        "has what looks like a password or token behind its path, which everybody can read who can read the project"
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// Of what is no address of http or https.
fn of_other(text: &str, source: Source, format: Format) -> Option<String> {
    let is_fetched = matches!(source, Source::Registry | Source::Url | Source::Git);
    if !is_fetched {
        return None;
    }
    if has_space(text) {
        return Some("has control characters or spaces".to_owned());
    }
    let scheme = url::scheme(text);
    let is_known = match scheme {
        // `git@host:path`, `host.name:path`
        Some(scheme) if source == Source::Git => {
            scheme.contains(['@', '.']) || REPOSITORIES.contains(&scheme)
        }
        Some(_) => false,
        None if source == Source::Git => true,
        // Old pnpm leaves out what all addresses of a registry begin with; old yarn what lies in its offline mirror.
        None => matches!(format, Format::Pnpm | Format::Yarn1) && !text.starts_with(['/', '\\']),
    };
    if is_known {
        return None;
    }
    let scheme = scheme.map_or_else(
        || "without http or https".to_owned(),
        |scheme| format!("with \"{}:\"", super::shown(scheme)),
    );
    Some(format!(
        "begins {scheme}, which no client writes for a package"
    ))
}

fn has_space(text: &str) -> bool {
    text.bytes()
        .any(|byte| byte.is_ascii_control() || byte == b' ')
}
