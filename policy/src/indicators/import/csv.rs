//! Tables with a header, as incident teams publish them: `type,indicator,…`, `artifact_type,name,affected_versions`,
//! `package_name,package_versions,…`, `name,version`.

use super::{About, Gathered, ImportError, Imported};

/// Largest table, in bytes.
const LIMIT: usize = 64 << 20;

const TYPES: &[&str] = &[
    "type",
    "artifact_type",
    "kind",
    "ioc_type",
    "indicator_type",
];
const VALUES: &[&str] = &[
    "indicator",
    "value",
    "ioc",
    "name",
    "package_name",
    "package",
    "artifact",
];
const VERSIONS: &[&str] = &[
    "affected_versions",
    "package_versions",
    "versions",
    "version",
    "package_version",
];

/// Reads a table.
///
/// # Errors
/// When no column is known, or nothing in it could be found.
pub fn table(text: &str, about: &About) -> Result<Imported, ImportError> {
    const FORM: ImportError = ImportError::Form(
        "a table with a header that names its columns (type, indicator, name, version)",
    );
    if text.len() > LIMIT {
        return Err(FORM);
    }
    let mut rows = rows(text.trim_start_matches('\u{feff}')).into_iter();
    let header: Vec<String> = rows
        .next()
        .ok_or(FORM)?
        .iter()
        .map(|cell| cell.trim().to_ascii_lowercase().replace([' ', '-'], "_"))
        .collect();
    let column = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| header.iter().position(|cell| cell == name))
    };
    let (kind, value, versions) = (column(TYPES), column(VALUES), column(VERSIONS));
    let value = value.ok_or(FORM)?;
    if kind.is_none() && versions.is_none() {
        return Err(FORM);
    }
    let mut gathered = Gathered::new(about)?;
    for row in rows {
        let cell = |column: Option<usize>| {
            column
                .and_then(|column| row.get(column))
                .map_or("", |cell| cell.trim())
        };
        let value = cell(Some(value));
        if value.is_empty() {
            continue;
        }
        let kind = cell(kind).to_ascii_lowercase();
        match kind.as_str() {
            "domain" | "hostname" | "host" | "ip" | "ipv4" | "ip_address" => gathered.host(value),
            "url" | "uri" => gathered.url(value),
            "sha256" | "sha-256" | "file_sha256" | "hash" => gathered.sha256(value, None),
            "filepath" | "file" | "filename" | "file_path" | "file name" | "path" => {
                gathered.file(value)
            }
            "npm package" | "npm" | "package" | "npm_package" | "" => {
                package(value, cell(versions), &mut gathered)
            }
            other => gathered.leave_out(value, &format!("\"{other}\" is not looked for on disks")),
        }
    }
    gathered.finish()
}

/// `name` with versions in their own column, or `name@version`.
fn package(value: &str, versions: &str, gathered: &mut Gathered) {
    let versions: Vec<&str> = versions
        .split([',', ';', '|', ' '])
        .map(str::trim)
        .filter(|version| !matches!(*version, "" | "=" | "||"))
        .collect();
    let at = value
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@');
    match (at, versions.as_slice()) {
        (Some((at, _)), []) => gathered.package(&value[..at], &[&value[at + 1..]]),
        (_, []) => gathered.leave_out(value, "no version is named, and all are too many to say"),
        (_, versions) => gathered.package(value, versions),
    }
}

/// Cells of every row; quotes round a cell are taken off, two in a row are one.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = row.last_mut() else {
            break;
        };
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                let _ = letters.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => rows.push(std::mem::replace(&mut row, vec![String::new()])),
            '\r' if !is_quoted => {}
            other => cell.push(other),
        }
    }
    if row.iter().any(|cell| !cell.is_empty()) {
        rows.push(row);
    }
    rows
}
