//! Reads npm's cache: what came for a package's document and for a tarball, checked against its digest.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha1::{Digest, Sha1};
use sha2::Sha512;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ANSWER: &str = "make-fetch-happen:request-cache:";

/// Integrity by what was asked for, without the registry's address.
pub(crate) struct Index {
    content: PathBuf,
    /// By package. The same document was asked for in two forms; both are kept, newest first.
    documents: BTreeMap<String, Vec<String>>,
    /// By package and version.
    tarballs: BTreeMap<(String, String), String>,
}

#[derive(Deserialize)]
struct Entry {
    key: String,
    integrity: Option<String>,
    time: u64,
}

impl Index {
    pub(crate) fn read(cache: &Path) -> Result<Self> {
        let cache = cache.join("_cacache");
        let mut entries = Vec::new();
        collect(&cache.join("index-v5"), &mut entries)?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.time));
        let mut index = Self {
            content: cache.join("content-v2"),
            documents: BTreeMap::new(),
            tarballs: BTreeMap::new(),
        };
        for entry in entries {
            let (Some(asked), Some(integrity)) = (
                entry.key.strip_prefix(ANSWER).and_then(asked),
                entry.integrity,
            ) else {
                continue;
            };
            match asked {
                Asked::Document(name) => index.documents.entry(name).or_default().push(integrity),
                Asked::Tarball(name, version) => {
                    index.tarballs.entry((name, version)).or_insert(integrity);
                }
            }
        }
        Ok(index)
    }

    /// All forms of a package's document that are still there.
    pub(crate) fn documents(&self, name: &str) -> Vec<Vec<u8>> {
        let known = self.documents.get(name).map_or(&[][..], Vec::as_slice);
        known
            .iter()
            .filter_map(|integrity| self.content_of(integrity).ok())
            .collect()
    }

    /// None: never fetched, as happens to packages for other platforms.
    pub(crate) fn tarball(&self, name: &str, version: &str) -> Result<Option<Vec<u8>>> {
        let key = (name.to_owned(), version.to_owned());
        self.tarballs
            .get(&key)
            .map(|integrity| self.content_of(integrity))
            .transpose()
    }

    fn content_of(&self, integrity: &str) -> Result<Vec<u8>> {
        let (algorithm, digest) = digest_of(integrity)?;
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self
            .content
            .join(algorithm)
            .join(&hex[..2])
            .join(&hex[2..4])
            .join(&hex[4..]);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        verify(&bytes, integrity)?;
        Ok(bytes)
    }
}

/// Whether the bytes have that digest; an integrity of several names the strongest first.
pub(crate) fn verify(bytes: &[u8], integrity: &str) -> Result<()> {
    let (algorithm, wanted) = digest_of(integrity)?;
    let found = match algorithm {
        "sha512" => Sha512::digest(bytes).to_vec(),
        "sha1" => Sha1::digest(bytes).to_vec(),
        _ => bail!("{algorithm} is not known here"),
    };
    ensure!(found == wanted, "the bytes are not those of {integrity}");
    Ok(())
}

pub(crate) fn sha512(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

fn digest_of(integrity: &str) -> Result<(&str, Vec<u8>)> {
    let first = integrity
        .split_ascii_whitespace()
        .next()
        .unwrap_or_default();
    let (algorithm, digest) = first
        .split_once('-')
        .with_context(|| format!("{integrity} is no integrity"))?;
    let digest = STANDARD.decode(digest)?;
    ensure!(digest.len() >= 20, "{integrity} is too short");
    Ok((algorithm, digest))
}

#[derive(Debug, PartialEq)]
enum Asked {
    Document(String),
    Tarball(String, String),
}

/// What an address asks for: `…/chalk`, `…/@scope%2fname`, `…/chalk/-/chalk-5.6.0.tgz`.
fn asked(address: &str) -> Option<Asked> {
    let path = address
        .split(['?', '#'])
        .next()?
        .replace("%2f", "/")
        .replace("%2F", "/")
        .replace("%40", "@");
    let (before, file) = match path.split_once("/-/") {
        Some((before, file)) => (before, Some(file)),
        None => (path.as_str(), None),
    };
    let mut parts = before.rsplit('/');
    let last = parts.next().filter(|last| !last.is_empty())?;
    let name = match parts.next() {
        Some(scope) if scope.starts_with('@') => format!("{scope}/{last}"),
        _ => last.to_owned(),
    };
    let Some(file) = file else {
        return Some(Asked::Document(name));
    };
    let version = file
        .strip_suffix(".tgz")?
        .strip_prefix(last)?
        .strip_prefix('-')?;
    Some(Asked::Tarball(name, version.to_owned()))
}

fn collect(folder: &Path, entries: &mut Vec<Entry>) -> Result<()> {
    let at = || folder.display().to_string();
    for entry in fs::read_dir(folder).with_context(at)? {
        let path = entry.with_context(at)?.path();
        if path.is_dir() {
            collect(&path, entries)?;
            continue;
        }
        // Each line: a checksum, a tab, the entry. A later line replaces an earlier one of the same form.
        let text = fs::read_to_string(&path)?;
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        entries.extend(lines.filter_map(|(_, entry)| serde_json::from_str(entry).ok()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
