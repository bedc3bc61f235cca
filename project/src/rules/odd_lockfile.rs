//! Oddities of the file itself.

use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;

pub(super) const RULE: Rule = Rule {
    id: "odd-lockfile",
    title: "Not as a package manager writes it",
    severity: Severity::Low,
    page: include_str!("odd_lockfile.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for remark in &view.project.lockfile.remarks {
        found.lockfile(RULE.severity, remark.at, remark.text.to_owned());
    }
    let deceptive = view.project.lockfile.entries.iter().find(|entry| {
        let shown = lazaret_npm::text::printable_up_to(&entry.key, usize::MAX);
        matches!(shown, std::borrow::Cow::Owned(_))
    });
    if let Some(entry) = deceptive {
        let message =
            "a key has characters that are not seen, or that change the order of what is seen"
                .to_owned();
        found.lockfile(Severity::High, entry.at, message);
    }
}
