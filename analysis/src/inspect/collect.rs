//! From bytes to what detectors look at.

use std::rc::Rc;

use crate::js::{self, Script};
use crate::kind::{self, Kind};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::own_hosts::OwnHosts;
use crate::package::{File, Package};
use crate::source::Source;
use crate::view::PackageView;

/// Reads every file of a package.
pub fn view(package: &Package, limits: &Limits, progress: &mut dyn FnMut(&str)) -> PackageView {
    let mut files: Vec<&File> = package.files.iter().collect();
    // Also by bytes: an archive may have a path twice, and the order in it must not show.
    files.sort_by(|a, b| (&a.path, &a.bytes).cmp(&(&b.path, &b.bytes)));
    let files: Vec<Rc<Source>> = files
        .into_iter()
        .map(|file| {
            progress(&file.path);
            Rc::new(source(file, limits))
        })
        .collect();
    let manifest = files
        .iter()
        .rfind(|file| file.path == "package.json")
        .map(|file| Manifest::parse(&file.text))
        .unwrap_or_default();
    PackageView {
        own_hosts: OwnHosts::of(&manifest),
        files,
        manifest,
        archive: package.archive.clone(),
        incomplete: package.incomplete.clone(),
        confusion: package.confusion.clone(),
    }
}

fn source(file: &File, limits: &Limits) -> Source {
    let kind = kind::of(&file.path, &file.bytes);
    let text = if kind.is_text() {
        kind::text(&file.bytes)
    } else {
        Default::default()
    };
    let mut source = Source::new(file.path.clone(), file.bytes.clone(), kind, text.into());
    source.disputed = file.disputed;
    if kind == Kind::Script {
        let script = Script {
            path: &source.path,
            text: &source.text,
        };
        source.facts = js::facts(script, limits);
    }
    source
}
