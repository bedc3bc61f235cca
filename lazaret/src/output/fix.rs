//! The forms of `fix`: for people, for machines, and the report of an incident.

mod changes;
mod human;
mod json;
mod report;

use crate::commands::Fixed;

pub(crate) use report::markdown;

/// Writes the plan to stdout: what is bad, what takes its place and why, and the change line by line.
pub(crate) fn plan(outcome: &Fixed) {
    super::result(&human::plan(outcome));
}

/// Writes what came of it.
pub(crate) fn result(outcome: &Fixed) {
    super::result(&human::result(outcome));
}

/// Writes everything as JSON.
pub(crate) fn document(outcome: &Fixed) {
    super::json(&json::document(outcome));
}
