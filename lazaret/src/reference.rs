//! Writes docs/reference from the program itself. `LAZARET_BLESS=1 cargo test -p lazaret` updates it; drift fails.

mod cli;
mod config;
mod rules;
mod schema;

use std::path::Path;

/// Compares a file of docs/reference with what it should hold, or writes it.
fn holds(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/reference")
        .join(name);
    if std::env::var_os("LAZARET_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/reference/{name} is not what the program says now: run LAZARET_BLESS=1 cargo test -p lazaret reference"
    );
}
