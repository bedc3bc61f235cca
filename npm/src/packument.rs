//! The package document, read as slices of its own bytes: nothing is rebuilt, so unknown fields and
//! number spellings reach clients exactly as the registry wrote them.

mod field;
mod parse;
mod render;
mod view;

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;

use crate::{Integrity, PackageName, Version};

pub use parse::PackumentError;
pub use render::{Form, Links};
pub use view::View;

/// A byte range of the document.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
}

/// A package document and where its parts are.
#[derive(Debug)]
pub struct Packument {
    text: String,
    name: PackageName,
    /// Top-level fields in the order of the document, `versions` excepted.
    fields: Vec<(String, Span)>,
    entries: Vec<Entry>,
    /// What the abbreviated form takes of each manifest: whole fields, neighbours together.
    parts: Vec<Span>,
    /// Indices into `entries`, ordered by version as text.
    by_version: Vec<u32>,
    tags: Vec<(String, String)>,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
}

/// One version as the registry describes it.
#[derive(Debug)]
pub struct Entry {
    version: Box<str>,
    semver: Option<Version>,
    /// The manifest, an object.
    object: Span,
    /// Its share of [`Packument::parts`].
    parts: Range<u32>,
    /// It has an install script, and no `hasInstallScript` that says so.
    hides_install_script: bool,
    /// `dist.tarball`, a JSON string with its quotes.
    tarball: Option<Span>,
    /// `dist.integrity`, likewise.
    integrity: Option<Span>,
    /// `dist.shasum`, likewise.
    shasum: Option<Span>,
    published: Option<Timestamp>,
    /// `time[version]`, a JSON string with its quotes.
    time: Option<Span>,
}

impl Entry {
    /// The version as the document spells it, e.g. `5.6.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version as node-semver reads it; `None` for keys that are no version.
    pub fn semver(&self) -> Option<&Version> {
        self.semver.as_ref()
    }

    /// When the registry says that it was published.
    pub fn published(&self) -> Option<Timestamp> {
        self.published
    }
}

impl Packument {
    /// The document's own bytes.
    pub fn body(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The name that was asked for; a document of another name does not parse.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// All versions in the order of the document.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of one version, spelled exactly.
    pub fn entry(&self, version: &str) -> Option<&Entry> {
        self.position(version).map(|index| &self.entries[index])
    }

    /// The index into [`Self::entries`] of one version.
    pub fn position(&self, version: &str) -> Option<usize> {
        let of = |index: &u32| &*self.entries[*index as usize].version;
        let found = self
            .by_version
            .binary_search_by(|index| of(index).cmp(version));
        found.ok().map(|place| self.by_version[place] as usize)
    }

    /// The indices into [`Self::entries`], ordered by version as text.
    pub fn by_version(&self) -> &[u32] {
        &self.by_version
    }

    /// Tag and target, as the publisher set them.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// `time.created`.
    pub fn created(&self) -> Option<Timestamp> {
        self.created
    }

    /// `dist.tarball` of a version.
    pub fn tarball_url(&self, entry: &Entry) -> Option<Cow<'_, str>> {
        self.string(entry.tarball?)
    }

    /// `dist.integrity` and `dist.shasum` as written; two documents agree on a version when these are equal.
    pub fn checksums(&self, entry: &Entry) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
        let read = |span: Option<Span>| self.string(span?);
        (read(entry.integrity), read(entry.shasum))
    }

    /// Every checksum that is offered of a version: `dist.integrity` and `dist.shasum` together.
    pub fn offered(&self, entry: &Entry) -> Option<Integrity> {
        let (integrity, shasum) = self.checksums(entry);
        Integrity::of_dist(integrity.as_deref(), shasum.as_deref())
    }

    /// The manifest of a version as the registry wrote it.
    pub fn manifest(&self, entry: &Entry) -> &str {
        self.slice(entry.object)
    }

    /// This document with the manifests of `versions` taken from `older`, where both have them: how a version
    /// whose integrity changed keeps what was first seen.
    pub fn keeping(&self, older: &Self, versions: &[&str]) -> Bytes {
        let mut replaced: Vec<(Span, &str)> = versions
            .iter()
            .filter_map(|version| {
                let new = self.entry(version)?;
                let old = older.entry(version)?;
                Some((new.object, older.slice(old.object)))
            })
            .collect();
        replaced.sort_by_key(|(span, _)| span.start);
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (span, manifest) in replaced {
            text.push_str(&self.text[at..span.start]);
            text.push_str(manifest);
            at = span.end;
        }
        text.push_str(&self.text[at..]);
        text.into()
    }

    fn slice(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }

    /// The string at `span`, which has its quotes. One without escapes, so nearly every one, is not copied.
    fn string(&self, span: Span) -> Option<Cow<'_, str>> {
        let quoted = self.slice(span);
        if quoted.contains('\\') {
            return serde_json::from_str(quoted).ok().map(Cow::Owned);
        }
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
        Some(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests;
