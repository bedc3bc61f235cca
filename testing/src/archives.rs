//! Crafted archives: every shape on which package managers, or readers of archives, were seen to differ, and the
//! ordinary shapes beside them. All content is inert text.

mod build;
mod extended;
mod headers;
mod layers;
mod names;
mod ordinary;

use bytes::Bytes;

pub use build::{Archive, Head, pax_record};

/// One archive.
#[derive(Clone, Debug)]
pub struct Case {
    /// In kebab case; the package in it is called `case-` and this.
    pub name: &'static str,
    pub bytes: Bytes,
    /// What is special about it.
    pub note: &'static str,
}

/// All of them, in a fixed order; equal bytes each time.
pub fn cases() -> Vec<Case> {
    let mut cases = ordinary::cases();
    cases.extend(layers::cases());
    cases.extend(headers::cases());
    cases.extend(extended::cases());
    cases.extend(names::cases());
    cases
}

/// Those that are too large or too slow to be installed by real clients in a test, or to be made where they are not
/// needed.
pub fn heavy_cases() -> Vec<Case> {
    layers::heavy_cases()
}

/// The case of that name.
///
/// # Panics
/// When there is none.
pub fn case(name: &str) -> Case {
    let found = cases().into_iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("no archive is called `{name}`"))
}

fn case_of(name: &'static str, note: &'static str, bytes: impl Into<Bytes>) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        note,
    }
}

/// A case that is a package: `fill` adds to an archive that has a `package.json` already, and the end is put behind it.
fn package(name: &'static str, note: &'static str, fill: impl FnOnce(&mut Archive)) -> Case {
    let mut archive = Archive::package(name);
    fill(&mut archive);
    case_of(name, note, archive.end().tgz())
}
