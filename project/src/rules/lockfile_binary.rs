//! Lockfiles that nobody can review.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "lockfile-binary",
    title: "A lockfile that nobody can review",
    severity: Severity::High,
    page: include_str!("lockfile_binary.md"),
    check: Check::Integrity,
    look,
};

/// Such a file is never understood: `lockfile_unreadable` tells of it.
fn look(_: &View<'_>, _: &mut Found<'_, '_>) {}
