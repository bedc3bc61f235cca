//! The package document, read as slices of its own bytes: nothing is rebuilt, so unknown fields and
//! number spellings reach clients exactly as the registry wrote them.

mod field;
mod parse;
mod render;
mod view;

use std::collections::HashMap;

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
    body: Bytes,
    name: PackageName,
    /// Top-level fields in the order of the document, `versions` excepted.
    fields: Vec<(String, Span)>,
    entries: Vec<Entry>,
    by_version: HashMap<Box<str>, u32>,
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
    /// `dist.tarball`, a JSON string with its quotes.
    tarball: Option<Span>,
    integrity: Option<Box<str>>,
    shasum: Option<Box<str>>,
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

    /// Every checksum offered: `dist.integrity` and `dist.shasum` together; `None` when there is none, or when one
    /// of them cannot be read: a checksum that nobody can check is no weaker one, it is a broken one.
    pub fn offered(&self) -> Option<Integrity> {
        let mut offered = match &self.integrity {
            Some(text) => Integrity::parse(text).ok()?,
            None => Integrity::default(),
        };
        if let Some(hex) = &self.shasum {
            offered.merge(Integrity::from_shasum(hex).ok()?);
        }
        offered.strongest().is_some().then_some(offered)
    }

    /// `dist.integrity` and `dist.shasum` as written; two documents agree on a version when these are equal.
    pub fn checksums(&self) -> (Option<&str>, Option<&str>) {
        (self.integrity.as_deref(), self.shasum.as_deref())
    }
}

impl Packument {
    /// The document's own bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
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
        self.by_version.get(version).map(|index| *index as usize)
    }

    /// Tag and target, as the publisher set them.
    pub fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    /// `time.created`.
    pub fn created(&self) -> Option<Timestamp> {
        self.created
    }

    /// `dist.tarball` of a version, decoded.
    pub fn tarball_url(&self, entry: &Entry) -> Option<String> {
        serde_json::from_slice(self.slice(entry.tarball?)).ok()
    }

    /// The manifest of a version as the registry wrote it.
    pub fn manifest(&self, entry: &Entry) -> &[u8] {
        self.slice(entry.object)
    }

    /// This document with the manifests of `versions` taken from `older`, where both have them: how a version
    /// whose integrity changed keeps what was first seen.
    pub fn keeping(&self, older: &Self, versions: &[&str]) -> Bytes {
        let mut replaced: Vec<(Span, &[u8])> = versions
            .iter()
            .filter_map(|version| {
                let new = self.entry(version)?;
                let old = older.entry(version)?;
                Some((new.object, older.slice(old.object)))
            })
            .collect();
        replaced.sort_by_key(|(span, _)| span.start);
        let mut body = Vec::with_capacity(self.body.len());
        let mut at = 0;
        for (span, bytes) in replaced {
            body.extend_from_slice(&self.body[at..span.start]);
            body.extend_from_slice(bytes);
            at = span.end;
        }
        body.extend_from_slice(&self.body[at..]);
        body.into()
    }

    fn slice(&self, span: Span) -> &[u8] {
        &self.body[span.start..span.end]
    }
}

#[cfg(test)]
mod tests;
