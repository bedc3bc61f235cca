//! One version from its files to its report.

mod collect;
mod compare;
mod profile;
pub(crate) mod run;
mod unused;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Phase, Place};
use crate::hash::Hashes;
use crate::history::History;
use crate::judge;
use crate::limits::Limits;
use crate::own_hosts::OwnHosts;
use crate::package::Package;
use crate::report::{Incomplete, Report, SCHEMA};

pub(crate) use collect::matters;
pub use collect::view;

/// A report, with what a later version needs to be compared with this one. It may be stored: equal packages give equal
/// bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    pub report: Report,
    /// Sorted by path.
    pub files: Vec<FileSummary>,
    /// Of all functions of all scripts.
    pub shapes: Hashes,
    /// Public hosts that its code and its install scripts ask, or may mean where they ask others.
    pub hosts: BTreeMap<String, Asked>,
    pub own_hosts: OwnHosts,
    /// Dependencies that none of its files names.
    pub unused: BTreeSet<String>,
    /// Most of its code is minified or lies in large files: functions are not what people wrote.
    pub bundled: bool,
    /// Its `package.json` could be read.
    pub readable: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSummary {
    pub path: String,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
    pub script: bool,
    /// A program of some machine's own instructions, or WebAssembly.
    pub native: bool,
    pub phase: Phase,
}

/// Where a host is asked, the earliest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub phase: Phase,
    pub place: Place,
}

/// Inspects a package. `progress` gets the path of each file before that is read, and nothing once all are: a crash can
/// be told by it.
pub fn inspect(package: &Package, limits: &Limits, progress: &mut dyn FnMut(&str)) -> Inspected {
    let view = view(package, limits, progress);
    progress("");
    let (mut findings, mut incomplete) = run::run(&view, limits);
    incomplete.extend(collect::incomplete(&view));
    let mut inspected = Inspected {
        report: Report {
            schema: SCHEMA,
            name: view.manifest.name.clone(),
            version: view.manifest.version.clone(),
            capabilities: profile::of(&view),
            scripts: view.manifest.scripts.clone(),
            dependencies: view.manifest.dependencies.clone(),
            files: compare::size(&view),
            archive: view.archive.clone(),
            ..Report::default()
        },
        files: compare::files(&view),
        shapes: compare::shapes(&view),
        hosts: compare::hosts(&view),
        own_hosts: view.own_hosts.clone(),
        unused: unused::of(&view),
        bundled: compare::is_bundled(&view),
        readable: view.manifest.error.is_none(),
    };
    if let Some(history) = &package.history {
        let (more, failed) = run::history(history, None, &inspected, limits);
        findings.extend(more);
        incomplete.extend(failed);
    }
    inspected.told(findings, incomplete);
    inspected
}

impl Inspected {
    fn told(&mut self, mut findings: Vec<Finding>, mut incomplete: Vec<Incomplete>) {
        findings.sort_by(Finding::order);
        incomplete.sort();
        incomplete.dedup();
        self.report.judgement = judge::cold(&findings, &incomplete);
        self.report.findings = findings;
        self.report.incomplete = incomplete;
    }

    /// Judges it again as a first version of which the registry tells this.
    #[must_use]
    pub fn with_history(mut self, history: &History, limits: &Limits) -> Self {
        let mut findings = std::mem::take(&mut self.report.findings);
        let mut incomplete = std::mem::take(&mut self.report.incomplete);
        findings.retain(|finding| !run::is_of_history(finding.rule));
        let (more, failed) = run::history(history, None, &self, limits);
        findings.extend(more);
        incomplete.extend(failed);
        self.told(findings, incomplete);
        self
    }
}

#[cfg(test)]
pub(crate) mod tests;
