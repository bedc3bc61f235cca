//! Files that were not understood.

use lazaret_npm::lockfile::{Fault, Lines, Spot};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::{Check, Finding};
use crate::project::Unreadable;

pub(super) const RULE: Rule = Rule {
    id: "lockfile-unreadable",
    title: "A lockfile that was not understood",
    severity: Severity::High,
    page: include_str!("lockfile_unreadable.md"),
    check: Check::Integrity,
    look,
};

/// Whatever can be looked at was understood.
fn look(_: &View<'_>, _: &mut Found<'_, '_>) {}

/// What is said of a file that no rule could look at: it is never "no issues".
pub fn unreadable(unreadable: &Unreadable) -> Finding {
    let rule = match unreadable.error.fault {
        Fault::Binary => super::lockfile_binary::RULE,
        _ => RULE,
    };
    let lines = Lines::new(&unreadable.text);
    let message = unreadable.error.fault.to_string();
    let file = unreadable.path.clone();
    let nowhere = Spot::default();
    let mut finding = Finding::at(
        rule.check,
        rule.id,
        rule.severity,
        file,
        &lines,
        nowhere,
        message,
    );
    finding.place = unreadable.error.place;
    finding.end = unreadable.error.place;
    finding.end.column += 1;
    let line = lines.line(finding.place.line);
    // Of a line that is too long for an excerpt, none is shown.
    let is_shown = line.len() <= 400 && unreadable.error.fault != Fault::Binary;
    finding.line = if is_shown {
        line.to_owned()
    } else {
        String::new()
    };
    finding.fails = true;
    finding
}
