//! Code behind so many blanks that nobody scrolls there.

use super::{Detector, Looks};
use crate::facts::{Facts, Span};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::limits::HitKind;
use crate::raw::Padded;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "padded-code",
    title: "Has code far outside the screen",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("padded_code.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.text.is_empty() {
        return;
    }
    for padded in &file.raw().padded {
        let code = match file.kind {
            Kind::Script => is_code(&file.facts, padded, file.slice(padded.span)),
            Kind::Shell | Kind::Batch | Kind::PowerShell | Kind::Python | Kind::Interpreted => {
                !file.slice(padded.span).starts_with(['#', '"', '\''])
            }
            _ => false,
        };
        if !code {
            continue;
        }
        let message = if padded.vertical {
            format!("has code behind {} empty lines", padded.width)
        } else {
            format!("has code behind {} blanks in its line", padded.width)
        };
        let shown = file.slice(padded.span);
        found
            .at(padded.span)
            .severity(if padded.vertical {
                Severity::Medium
            } else {
                Severity::High
            })
            .message(message)
            .evidence(&shown[..shown.floor_char_boundary(120)])
            .add();
    }
}

/// Something that runs begins there, and it is not within a text.
fn is_code(facts: &Facts, padded: &Padded, shown: &str) -> bool {
    let within = |span: Span| span.start >= padded.span.start && span.start < padded.span.end;
    let in_text = facts
        .strings
        .iter()
        .any(|text| text.span.start < padded.span.start && text.span.end > padded.span.start);
    if in_text {
        return false;
    }
    if facts.hits.iter().any(|hit| {
        matches!(
            hit.kind,
            HitKind::Syntax | HitKind::TooDeep | HitKind::TooLarge
        )
    }) {
        return ["(", "=", "require", "import"]
            .iter()
            .any(|sign| shown.contains(sign))
            && !shown.starts_with(['/', '*']);
    }
    facts.calls.iter().any(|call| within(call.span))
        || facts.imports.iter().any(|import| within(import.span))
        || facts.writes.iter().any(|write| within(write.span))
        || facts
            .functions
            .iter()
            .skip(1)
            .any(|function| within(function.span))
}
