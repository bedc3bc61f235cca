//! One document, one line.

use crate::inspection::Document;

pub(super) fn line(document: &Document) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(document)?;
    line.push('\n');
    Ok(line)
}
