//! The bill of materials of one lockfile, the same bytes for the same input: CycloneDX and SPDX.

mod cyclonedx;
mod document;
mod licence;
mod parts;
mod patches;
mod spdx;

use jiff::Timestamp;
use serde::Serialize;

use crate::finding::Finding;
use crate::installed::Installed;
use crate::project::Project;

pub use cyclonedx::SpecVersion;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub project: &'a Project,
    /// Malicious versions and vulnerabilities, with what was decided about them.
    pub findings: &'a [Finding],
    /// Leave out what only development needs.
    pub production_only: bool,
    /// Where licences are looked up that the lockfile does not have.
    pub installed: Option<&'a Installed>,
    /// Written down only where somebody says it: a clock would make each document another.
    pub timestamp: Option<Timestamp>,
    /// The program's own version.
    pub tool_version: &'a str,
}

impl Request<'_> {
    /// Whether anything is in it whose licence only its own files can tell.
    pub fn misses_licences(project: &Project) -> bool {
        let mut packages = project.lockfile.packages();
        packages.any(|entry| entry.license.is_none() && !entry.is_tool)
    }
}

/// A CycloneDX document.
pub fn cyclonedx<'a>(request: Request<'a>, version: SpecVersion) -> impl Serialize + 'a {
    cyclonedx::Document { request, version }
}

/// An SPDX 2.3 document.
pub fn spdx<'a>(request: Request<'a>) -> impl Serialize + 'a {
    spdx::Document(request)
}

#[cfg(test)]
mod tests;
