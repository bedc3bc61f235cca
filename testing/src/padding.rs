//! What makes real packuments big: long `exports`, `files`, dependency and maintainer lists, repeated in every version.

use serde_json::{Map, Value, json};

/// Adds fields until the manifest, about `have` bytes long, has about `want`.
pub(crate) fn pad(manifest: &mut Map<String, Value>, have: usize, want: usize, index: usize) {
    let mut missing = want.saturating_sub(have);
    let mut exports = Map::new();
    let mut development = Map::new();
    let mut number = 0;
    while missing > 0 {
        let (key, value) = if number % 4 == 3 {
            // A few ranges move with the version, so that the document is not one block repeated.
            let range = format!(
                "^{}.{}.{}",
                number % 7,
                (index + number) % 23,
                (index * number) % 11
            );
            (
                format!("@scope-{}/helper-{number}", number % 5),
                json!(range),
            )
        } else {
            let stem = format!("./dist/parts/part-{number}/index");
            let value = json!({
                "types": format!("{stem}.d.ts"),
                "import": {"types": format!("{stem}.d.mts"), "default": format!("{stem}.mjs")},
                "require": format!("{stem}.cjs"),
            });
            (format!("./parts/part-{number}"), value)
        };
        missing = missing.saturating_sub(key.len() + value.to_string().len() + 4);
        if value.is_string() {
            development.insert(key, value);
        } else {
            exports.insert(key, value);
        }
        number += 1;
    }
    if !exports.is_empty() {
        manifest.insert("exports".to_owned(), Value::Object(exports));
    }
    if !development.is_empty() {
        manifest.insert("devDependencies".to_owned(), Value::Object(development));
    }
}
