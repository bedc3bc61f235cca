//! Controls of the direction of text, in code.

use super::{Detector, Looks};
use crate::facts::Span;
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "bidi-characters",
    title: "Reads differently from what it runs",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("bidi_characters.md"),
    looks: Looks::File(look),
};

/// Nobody reads longer lines, so nobody is misled by them.
const WIDTH: usize = 1_000;

fn look(file: &FileView<'_>, found: &mut Found) {
    if !matches!(
        file.kind,
        Kind::Script | Kind::Shell | Kind::Python | Kind::PowerShell | Kind::Batch
    ) {
        return;
    }
    let mut told = usize::MAX;
    for &start in &file.raw().bidi {
        let (from, line) = line_at(&file.text, start as usize);
        if from == told || line.len() > WIDTH || !is_open(line) {
            continue;
        }
        told = from;
        found
            .at(Span { start, end: start + 3 })
            .message("changes the direction of text and does not change it back: what is read is not what runs")
            .evidence(line.escape_default().to_string())
            .add();
    }
}

fn line_at(text: &str, at: usize) -> (usize, &str) {
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    (start, &text[start..end])
}

/// Something is begun that does not end before the end of the line, or of the string. A string of such controls alone
/// is data.
fn is_open(line: &str) -> bool {
    let mut depth = 0_i32;
    let mut string: Option<(char, i32, bool)> = None;
    for c in line.chars() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => {
                depth += 1
            }
            '\u{202c}' | '\u{2069}' => depth -= 1,
            '"' | '\'' | '`' => match string {
                None => string = Some((c, depth, false)),
                Some((quote, before, says)) if quote == c => {
                    if says && depth > before {
                        return true;
                    }
                    depth = before;
                    string = None;
                }
                Some(_) => {}
            },
            _ => {
                if let Some((_, _, says)) = &mut string {
                    *says = true;
                }
            }
        }
    }
    depth > 0
}
