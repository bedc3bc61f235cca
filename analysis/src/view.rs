//! What detectors look at.

use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

use crate::change::Delta;
use crate::finding::Place;
use crate::history::History;
use crate::inspect::Inspected;
use crate::manifest::Manifest;
use crate::own_hosts::OwnHosts;
use crate::reach;
use crate::source::Source;

/// One file of one version; has all that [`Source`] has.
#[derive(Clone, Copy, Debug)]
pub struct FileView<'v> {
    pub source: &'v Rc<Source>,
    pub package: &'v PackageView,
}

impl Deref for FileView<'_> {
    type Target = Source;

    fn deref(&self) -> &Source {
        self.source
    }
}

/// One version.
#[derive(Clone, Debug)]
pub struct PackageView {
    /// Sorted by path.
    pub files: Vec<Rc<Source>>,
    /// Code on the command lines of install scripts: `node -e "…"`.
    pub inline: Vec<Rc<Source>>,
    pub manifest: Manifest,
    /// What is outside the canonical profile of npm tarballs, in words.
    pub archive: Vec<String>,
    /// Why not all of the archive could be read.
    pub incomplete: Vec<String>,
    /// What of `package.json` readers take differently, such as a key that is there twice.
    pub ambiguities: Vec<String>,
    /// In what the registry's manifest differs from the tarball's `package.json`, if the registry was asked.
    pub confusion: Vec<String>,
    /// Some of its code reaches the network.
    pub uses_network: bool,
    /// Where the project is at home.
    pub own_hosts: OwnHosts,
    pub(crate) names_strangers: OnceCell<bool>,
}

impl PackageView {
    /// All files, and the code on command lines.
    pub fn sources(&self) -> impl Iterator<Item = &Rc<Source>> {
        self.files.iter().chain(&self.inline)
    }

    /// Whether a file names a public host that is not the project's own, and no call in it tells that it is asked.
    pub(crate) fn names_strangers(&self) -> bool {
        let names = |source: &Source| {
            let mut meant = reach::meant(source, self).into_iter();
            meant.any(|named| named.host.is_public() && !self.own_hosts.has(&named.host.name))
        };
        let any = || self.sources().any(|source| names(source));
        *self.names_strangers.get_or_init(any)
    }

    /// Where a member of `package.json` is written, by its path of keys.
    pub fn manifest_place(&self, path: &[&str]) -> Place {
        let file = self.file("package.json");
        match (file, self.manifest.span(path)) {
            (Some(file), Some(span)) => file.place(span),
            _ => Place {
                file: "package.json".to_owned(),
                line: 0,
                column: 0,
            },
        }
    }

    /// The file of this path below the root.
    pub fn file(&self, path: &str) -> Option<&Rc<Source>> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        self.files.get(at)
    }
}

/// Two versions.
#[derive(Clone, Copy, Debug)]
pub struct ChangeView<'v> {
    pub before: &'v Inspected,
    pub after: &'v Inspected,
    pub delta: &'v Delta,
    pub history: Option<&'v History>,
}

/// What the registry tells of a version and of those before.
#[derive(Clone, Copy, Debug)]
pub struct HistoryView<'v> {
    pub history: &'v History,
    /// None for a first version, or if it was not inspected.
    pub before: Option<&'v Inspected>,
    pub after: &'v Inspected,
}
