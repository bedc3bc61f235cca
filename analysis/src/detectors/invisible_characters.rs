//! Characters that show nothing, in a row.

use super::{Detector, Looks};
use crate::api;
use crate::facts::Facts;
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::Kind;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "invisible-characters",
    title: "Contains a row of invisible characters",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("invisible_characters.md"),
    looks: Looks::File(look),
};

/// A flag is made of seven.
const LONG: u32 = 64;

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.text.is_empty() {
        return;
    }
    let runs = &file.raw().invisible;
    let Some(first) = runs.first() else {
        return;
    };
    let characters: u32 = runs.iter().map(|run| run.characters).sum();
    let selectors: u32 = runs.iter().map(|run| run.selectors).sum();
    let read = file.kind == Kind::Script && decodes(&file.facts);
    let severity = match (file.kind, selectors > characters / 2) {
        (Kind::Script, _) if read && characters >= LONG => Severity::Critical,
        (Kind::Script, true) if characters >= LONG || read => Severity::High,
        // One follows an emoji; no text needs so many in a row.
        (_, true) if runs.iter().any(|run| run.selectors >= LONG) => Severity::High,
        (_, true) => Severity::Medium,
        (Kind::Script, _) => Severity::Medium,
        (_, false) => Severity::Low,
    };
    let message = if read {
        format!(
            "hides {characters} invisible characters, and reads characters by number to run them"
        )
    } else {
        format!("hides {characters} invisible characters")
    };
    let shown: String = file
        .slice(first.span)
        .chars()
        .take(12)
        .flat_map(char::escape_unicode)
        .collect();
    found
        .at(first.span)
        .severity(severity)
        .message(message)
        .evidence(shown)
        .same(&format!("{} {severity:?}", file.path))
        // Data is read by whoever knows what is in it.
        .phase(match (severity, file.phase) {
            (Severity::High, Phase::Unreachable) => Phase::Call,
            (_, phase) => phase,
        })
        .add();
}

/// Turns characters into numbers and something into code.
fn decodes(facts: &Facts) -> bool {
    let calls = |test: &dyn Fn(&str) -> bool| facts.calls.iter().any(|call| test(&call.callee));
    let numbers =
        calls(&|callee| callee.ends_with("codePointAt") || callee.ends_with("charCodeAt"))
            || calls(&|callee| {
                callee.ends_with("TextEncoder().encode")
                    || callee == "Buffer.from"
                    || callee.ends_with("fromCodePoint")
                    || callee.ends_with("fromCharCode")
            });
    let runs = calls(&|callee| api::runs_text(callee).is_some() || api::starts_process(callee));
    numbers && runs
}
