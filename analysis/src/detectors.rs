//! The detectors, in the order in which they are listed to people. One detector is one file, one page of the same
//! name, and two lines here.

mod git_dependency;
mod install_script;
mod nonconforming_archive;

use crate::finding::Severity;
use crate::found::Found;
use crate::view::{ChangeView, FileView, HistoryView, PackageView};

/// One detector.
#[derive(Clone, Copy, Debug)]
pub struct Detector {
    /// As in findings: `wallet-swap`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The highest severity that its findings have.
    pub severity: Severity,
    /// The highest severity that they count with where there is no version before: High only if good packages show
    /// next to none.
    pub cold: Severity,
    /// What it finds and why, with cases, in Markdown; the cases in it are run as tests.
    pub page: &'static str,
    pub looks: Looks,
}

/// What a detector looks at. Each adds what it finds to [`Found`].
#[derive(Clone, Copy, Debug)]
pub enum Looks {
    /// At every file by itself.
    File(fn(&FileView<'_>, &mut Found)),
    /// At one version.
    Package(fn(&PackageView, &mut Found)),
    /// At two versions: what it finds is new.
    Change(fn(&ChangeView<'_>, &mut Found)),
    /// At what the registry tells of it and of the versions before.
    History(fn(&HistoryView<'_>, &mut Found)),
}

/// Every detector.
pub const DETECTORS: &[Detector] = &[
    // How it is installed.
    install_script::DETECTOR,
    // What it depends on.
    git_dependency::DETECTOR,
    // The archive.
    nonconforming_archive::DETECTOR,
];

/// The detector of this id.
pub fn detector(id: &str) -> Option<&'static Detector> {
    DETECTORS.iter().find(|detector| detector.id == id)
}

#[cfg(test)]
mod tests;
