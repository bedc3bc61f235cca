//! Letters written as escapes.

use memchr::memchr_iter;

use super::{Detector, Looks};
use crate::facts::Span;
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "escaped-strings",
    title: "Writes ordinary letters as escapes",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("escaped_strings.md"),
    looks: Looks::File(look),
};

/// Escapes of characters that have no need for them. Control characters, quotes and what is not ASCII do.
const LEAST: usize = 40;
/// Escapes in a row that make a word of it, not the end of a range.
const ROW: usize = 4;

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.kind != Kind::Script {
        return;
    }
    let bytes = file.text.as_bytes();
    let mut all = 0;
    let mut first = None;
    let mut row = (0, 0, 0);
    for at in memchr_iter(b'\\', bytes) {
        let Some(length) = needless(&bytes[at + 1..]) else {
            continue;
        };
        let (start, end, count) = row;
        row = if end == at && count > 0 {
            (start, at + 1 + length, count + 1)
        } else {
            (at, at + 1 + length, 1)
        };
        if row.2 == ROW {
            all += ROW;
            first.get_or_insert(row.0);
        } else if row.2 > ROW {
            all += 1;
        }
    }
    let Some(first) = first.filter(|_| all >= LEAST) else {
        return;
    };
    let start = u32::try_from(first).unwrap_or(u32::MAX);
    let span = Span { start, end: start };
    found
        .at(span)
        .message(format!("writes {all} ordinary letters as escapes"))
        .evidence(
            file.text
                .get(first..file.text.floor_char_boundary(first + 80))
                .unwrap_or_default(),
        )
        .same(&file.path)
        .add();
}

/// The length of an escape behind its backslash, if it stands for what could be written as it is.
fn needless(rest: &[u8]) -> Option<usize> {
    let (digits, length) = match rest {
        [b'x', digits @ ..] => (digits.get(..2)?, 3),
        [b'u', b'{', digits @ ..] => (digits.get(..2).filter(|_| digits.get(2) == Some(&b'}'))?, 5),
        [b'u', b'0', b'0', digits @ ..] => (digits.get(..2)?, 5),
        _ => return None,
    };
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'`' | b'\\')).then_some(length)
}
