//! Yarn's Plug'n'Play: the project's own map of its packages, in the place of `node_modules`. Only pairs are read of it,
//! `["name", "npm:1.0.0"]`: it is a program, and the packages themselves lie in archives.

use std::collections::BTreeSet;

use super::hit::{Confidence, Ran};
use super::look::Looker;
use super::place::{Place, Where};

/// Longest name, reference and version that are read, in bytes.
const LIMIT: usize = 512;

pub(super) fn is_map(place: &Place) -> bool {
    matches!(place.name(), ".pnp.cjs" | ".pnp.js" | ".pnp.data.json") && !place.is_in_node_modules()
}

impl Looker<'_> {
    pub(super) fn pnp(&mut self, place: &Place, bytes: &[u8]) {
        let mut told = BTreeSet::new();
        for at in memchr::memmem::find_iter(bytes, b"npm:") {
            let Some((name, version)) = pair(bytes, at) else {
                continue;
            };
            let Some(known) = self.request.known(&name, &version) else {
                continue;
            };
            let subject = format!("{name}@{version}");
            if !told.insert(subject.clone()) {
                continue;
            }
            let note = "yarn's map says that the project is run with it".to_owned();
            let before = self.outcome.hits.len();
            let said = (Confidence::Confirmed, Ran::Possible, note);
            self.version(place, bytes, &known, subject, said);
            if let Some(hit) = self.outcome.hits.get_mut(before) {
                hit.place = Where::Installed;
                hit.offset = Some(at as u64);
            }
        }
    }
}

/// The name and version of a pair whose second part has `npm:` at this place, maybe behind `virtual:…#`.
fn pair(bytes: &[u8], at: usize) -> Option<(String, String)> {
    let before = &bytes[at.saturating_sub(LIMIT)..at];
    let quote = memchr::memrchr(b'"', before)?;
    let reference = &before[quote + 1..];
    if !(reference.is_empty() || reference.starts_with(b"virtual:") && reference.ends_with(b"#")) {
        return None;
    }
    let rest = before[..quote].trim_ascii_end().strip_suffix(b",")?;
    let rest = rest.trim_ascii_end().strip_suffix(b"\"")?;
    let name = &rest[memchr::memrchr(b'"', rest)? + 1..];
    let after = bytes.get(at + "npm:".len()..)?;
    let after = &after[..after.len().min(LIMIT)];
    let version = &after[..memchr::memchr(b'"', after)?];
    // An alias: `npm:other@1.0.0`.
    let version = str::from_utf8(version).ok()?;
    match version
        .rsplit_once('@')
        .filter(|(name, _)| !name.is_empty())
    {
        Some((name, version)) => Some((name.to_owned(), version.to_owned())),
        None => Some((str::from_utf8(name).ok()?.to_owned(), version.to_owned())),
    }
}
