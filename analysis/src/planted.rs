//! Files that an installation writes by a table of their names: the call itself does not say where.

use crate::facts::Call;
use crate::files::{file_function, place_in, written};
use crate::finding::Phase;
use crate::source::Source;

/// A call that runs when the package is installed and writes to somewhere that is not known, in a file that names one of
/// these places; and that name.
pub fn planted<'s>(source: &'s Source, places: &[&str]) -> Option<(&'s Call, String)> {
    let call = source.facts.calls.iter().find(|call| {
        source.phase_of(call.function) == Phase::Install
            && writes(call)
            && written(call)
                .iter()
                .all(|written| written.path.contains('*') || written.path.is_empty())
    })?;
    let texts = || {
        source
            .facts
            .strings
            .iter()
            .filter(|text| text.text.len() < 200)
    };
    let whole = texts().find_map(|text| place_in(&text.text, places));
    // `[".vscode", "tasks.json"]`
    let in_parts = || {
        places.iter().copied().find(|place| {
            place.contains('/')
                && place
                    .split('/')
                    .all(|part| texts().any(|text| text.text.eq_ignore_ascii_case(part)))
        })
    };
    let place = whole.or_else(in_parts)?;
    Some((call, place.to_owned()))
}

fn writes(call: &Call) -> bool {
    let name = match file_function(&call.callee) {
        Some(name) => name,
        None => match call.callee.strip_prefix("?.") {
            Some(name) => name,
            None => return false,
        },
    };
    [
        "write", "append", "copy", "output", "symlink", "rename", "cp",
    ]
    .iter()
    .any(|start| name.starts_with(start))
        && name != "write"
}
