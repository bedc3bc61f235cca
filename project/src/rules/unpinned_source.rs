//! Repositories that are not pinned to a commit.

use lazaret_npm::lockfile::Source;
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "unpinned-source",
    title: "A repository without its commit",
    severity: Severity::High,
    page: include_str!("unpinned_source.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.packages() {
        if entry.source != Source::Git || entry.bundled {
            continue;
        }
        let name = entry.id();
        let at = entry.resolved.as_ref().map_or(NOWHERE, |text| text.at);
        if entry
            .resolved
            .as_ref()
            .is_some_and(|text| names_commit(&text.text))
        {
            found.entry_as(Severity::Info, index, at, format!(
                "{name} comes from a repository, past the registry and its checksums, dates and advisories"
            ));
        } else {
            found.entry(
                index,
                at,
                format!(
                    "{name} comes from a repository, and no full commit says which of its contents"
                ),
            );
        }
    }
}

/// Whether 40 or 64 hexadecimal digits stand in it by themselves.
fn names_commit(address: &str) -> bool {
    let mut runs = address.split(|character: char| !character.is_ascii_alphanumeric());
    let is_hash = |run: &str| run.bytes().all(|byte| byte.is_ascii_hexdigit());
    // bun shortens what it reads from hosts that it knows.
    runs.any(|run| matches!(run.len(), 40 | 64) && is_hash(run)) || is_short_of_known_host(address)
}

fn is_short_of_known_host(address: &str) -> bool {
    let known = ["github:", "gitlab:", "bitbucket:"];
    let Some((_, commit)) = address.rsplit_once('#') else {
        return false;
    };
    known.iter().any(|host| address.starts_with(host))
        && commit.len() >= 7
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}
