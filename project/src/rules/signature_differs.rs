//! Signatures of the registry that do not hold.

use lazaret_policy::Severity;

use super::{Found, Rule, View, shown};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "signature-differs",
    title: "Not signed by the registry",
    severity: Severity::Critical,
    page: include_str!("signature_differs.md"),
    check: Check::Integrity,
    look,
};

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSignature {
    /// It is not of this name, version and checksum.
    Wrong,
    /// The registry has no such key.
    UnknownKey(String),
    /// The key's time was over when the version was published.
    ExpiredKey(String),
}

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (index, entry) in view.of_registry() {
        let id = entry.id();
        let Some(fault) = view.known.signatures.get(&id) else {
            continue;
        };
        let at = entry.integrity.as_ref().map_or(NOWHERE, |locked| locked.at);
        let (severity, message) = match fault {
            BadSignature::Wrong => (
                RULE.severity,
                format!(
                    "the registry's signature of {id} is wrong: its name, version and checksum are not what was signed"
                ),
            ),
            BadSignature::UnknownKey(key) => (
                Severity::Moderate,
                format!(
                    "{id} is signed with {}, a key that the registry does not have",
                    shown(key)
                ),
            ),
            BadSignature::ExpiredKey(key) => (
                Severity::High,
                format!(
                    "{id} is signed with {}, whose time was over when it was published",
                    shown(key)
                ),
            ),
        };
        found.entry_as(severity, index, at, message);
    }
}
