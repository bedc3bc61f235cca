//! What makes real packuments big: long `exports` and dependency lists, repeated in every version with small changes.

use std::fmt::Write;
use std::sync::OnceLock;

use serde_json::{Map, Value};

/// Entries of `exports` at most; about 300 bytes each, so a manifest can have a megabyte of them.
const ENTRIES: usize = 4000;
/// One development dependency for so many bytes of `exports`.
const PER_DEPENDENCY: usize = 800;

/// Text to follow a manifest's last field: fields of about `missing` bytes, with a comma before each.
pub(crate) fn padding(missing: usize, index: usize) -> String {
    // A few ranges move with the version, so that the document is not one block repeated.
    let mut text = String::from(",\"devDependencies\":{");
    for number in 0..=missing / PER_DEPENDENCY {
        let comma = if number > 0 { "," } else { "" };
        let (major, minor, patch) = (number % 7, (index + number) % 23, (index * number) % 11);
        let scope = number % 5;
        write!(
            text,
            "{comma}\"@scope-{scope}/helper-{number}\":\"^{major}.{minor}.{patch}\""
        )
        .expect("writing to memory");
    }
    text.push_str("},\"exports\":{");
    let (exports, ends) = exports();
    let wanted = missing.saturating_sub(text.len());
    let entries = ends
        .partition_point(|end| *end < wanted)
        .min(ends.len() - 1);
    // Without the comma before the first entry.
    text.push_str(exports[..ends[entries]].trim_start_matches(','));
    text.push_str("}}");
    text
}

/// The same fields for a manifest that is not written at once.
pub(crate) fn pad(manifest: &mut Map<String, Value>, missing: usize, index: usize) {
    let text = padding(missing, index);
    let fields: Map<String, Value> =
        serde_json::from_str(&format!("{{{}", &text[1..])).expect("the padding is JSON");
    manifest.extend(fields);
}

/// All entries in a row, a comma before each, and where each ends.
fn exports() -> &'static (String, Vec<usize>) {
    static EXPORTS: OnceLock<(String, Vec<usize>)> = OnceLock::new();
    EXPORTS.get_or_init(|| {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for number in 0..ENTRIES {
            let stem = format!("./dist/parts/part-{number}/index");
            write!(
                text,
                ",\"./parts/part-{number}\":{{\"types\":\"{stem}.d.ts\",\"import\":{{\"types\":\"{stem}.d.mts\",\"default\":\"{stem}.mjs\"}},\"require\":\"{stem}.cjs\"}}"
            )
            .expect("writing to memory");
            ends.push(text.len());
        }
        (text, ends)
    })
}
