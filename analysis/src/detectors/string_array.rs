//! Strings kept in one array that is turned round before it is used.

use memchr::memmem;

use super::{Detector, Looks};
use crate::facts::Span;
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "string-array",
    title: "Hides its strings in a rotated array",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("string_array.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    if file.kind != Kind::Script {
        return;
    }
    if let Some(at) = rotation(&file.text) {
        found
            .at(at)
            .message("hides its strings in an array that is rotated until a checksum fits")
            .evidence(file.slice(at))
            .same(&file.path)
            .add();
    } else if let Some(at) = accessor(&file.text) {
        found
            .at(at)
            .severity(Severity::Medium)
            .message("hides its strings in an array behind functions that replace themselves")
            .evidence(file.slice(at))
            .same(&file.path)
            .add();
    }
}

/// A loop that moves the first item to the end until a sum of parsed items fits.
fn rotation(text: &str) -> Option<Span> {
    const BEFORE: usize = 3_000;
    const PARSED: usize = 3;
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, "shift").find_map(|shift| {
        let near = bytes.get(shift.saturating_sub(60)..shift)?;
        memmem::find(near, b"push")?;
        let start = text.floor_char_boundary(shift.saturating_sub(BEFORE));
        let before = text.get(start..shift)?;
        // The checks of the sum, and a loop that only the sum ends.
        let parsed = memmem::find_iter(before.as_bytes(), "parseInt").count();
        let endless = ["!![]", "(true)", "(!0)", "for(;;)", "for (;;)"]
            .iter()
            .filter_map(|sign| before.rfind(sign))
            .max()?;
        (parsed >= PARSED && before.contains("try")).then(|| span(start + endless, shift + 8))
    })
}

/// `function a(){const b=[…];a=function(){return b;};return a();}`, as the best known obfuscator writes it.
fn accessor(text: &str) -> Option<Span> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, "=function(){return")
        .chain(memmem::find_iter(bytes, "= function () {"))
        .find_map(|at| {
            let name = name_before(text, at)?;
            let behind = text.get(at..text.floor_char_boundary(at + 120))?;
            if !behind.contains(&format!("return {name}()")) {
                return None;
            }
            let start = text.floor_char_boundary(at.saturating_sub(100_000));
            let before = text.get(start..at)?;
            let function = before.rfind(&format!("function {name}("))?;
            let body = &before[function..];
            (body.len() < 100_000 && body.matches(['\'', '"']).count() >= 40)
                .then(|| span(start + function, start + function + 40))
        })
}

fn name_before(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?.trim_end();
    let start = before
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
        .map_or(0, |at| at + 1);
    (start < before.len()).then(|| &before[start..])
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    }
}
