//! The detectors, in the order in which their findings are told. One detector is one file, one page of the same name,
//! and two lines here.

use crate::finding::Severity;

/// One detector.
#[derive(Clone, Copy)]
pub struct Detector {
    /// As in findings: `wallet-swap`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The highest severity that its findings have.
    pub severity: Severity,
    /// What it finds and why, with cases, in Markdown; the cases in it are run as tests.
    pub page: &'static str,
}

/// Every detector.
pub const DETECTORS: &[Detector] = &[];

/// The detector of this id.
pub fn detector(id: &str) -> Option<&'static Detector> {
    DETECTORS.iter().find(|detector| detector.id == id)
}
