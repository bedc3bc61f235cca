//! What is wrong with a lockfile, or with a change of it, in the order in which it is listed to people. One rule is one file, one page of
//! the same name, and two lines here. The pages' examples are their tests.

mod alias_undeclared;
mod archive_differs;
mod bundled_package;
mod checksum_ambiguous;
mod checksum_changed;
mod checksum_differs;
mod checksum_missing;
mod checksum_unreadable;
mod checksum_weak;
mod dependency_missing;
mod downgraded_package;
mod halves_disagree;
mod host_added;
mod install_script_added;
mod lockfile_binary;
mod lockfile_unreadable;
mod manifest_drift;
mod nested_shrinkwrap;
mod odd_lockfile;
mod override_elsewhere;
mod patched_package;
mod path_outside;
mod project_settings;
mod registries;
mod resolved_host;
mod resolved_name;
mod resolved_odd;
mod resolved_plain;
mod resolved_source;
mod resolved_version;
mod settings_changed;
mod several_lockfiles;
mod signature_differs;
mod trust_added;
mod unpinned_source;
mod unreachable_entry;
mod url;
mod workspace_shadowed;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use lazaret_npm::lockfile::{Lines, Locked, Source, Spot};
use lazaret_policy::Severity;

use crate::finding::{Check, Finding};
use crate::project::{NOWHERE, Project};

pub use lockfile_unreadable::unreadable;
pub use signature_differs::BadSignature;
use url::Address;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// As findings name it: `checksum-missing`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The highest that its findings have. From high on they fail the check.
    pub severity: Severity,
    /// What it finds and why, with examples, in Markdown.
    pub page: &'static str,
    /// The check that its findings belong to.
    pub check: Check,
    look: fn(&View<'_>, &mut Found<'_, '_>),
}

/// Every rule.
pub const RULES: &[Rule] = &[
    // The checksum of each package.
    checksum_missing::RULE,
    checksum_unreadable::RULE,
    checksum_weak::RULE,
    checksum_ambiguous::RULE,
    checksum_differs::RULE,
    archive_differs::RULE,
    signature_differs::RULE,
    // Where it is fetched from.
    resolved_host::RULE,
    resolved_plain::RULE,
    resolved_name::RULE,
    resolved_version::RULE,
    resolved_odd::RULE,
    resolved_source::RULE,
    unpinned_source::RULE,
    path_outside::RULE,
    // What was asked for.
    alias_undeclared::RULE,
    manifest_drift::RULE,
    dependency_missing::RULE,
    workspace_shadowed::RULE,
    unreachable_entry::RULE,
    override_elsewhere::RULE,
    patched_package::RULE,
    // What a checksum does not cover.
    nested_shrinkwrap::RULE,
    bundled_package::RULE,
    // The files themselves.
    halves_disagree::RULE,
    several_lockfiles::RULE,
    odd_lockfile::RULE,
    lockfile_unreadable::RULE,
    lockfile_binary::RULE,
    project_settings::RULE,
    // What a change adds.
    checksum_changed::RULE,
    host_added::RULE,
    install_script_added::RULE,
    trust_added::RULE,
    settings_changed::RULE,
    downgraded_package::RULE,
];

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Whether a rule finds something only where a registry was asked.
pub(crate) fn asks_registry(id: &str) -> bool {
    [
        checksum_differs::RULE.id,
        archive_differs::RULE.id,
        signature_differs::RULE.id,
    ]
    .contains(&id)
}

/// From this severity on, what a rule finds fails the check.
const FAILS_FROM: Severity = Severity::High;

/// Findings of one rule in one lockfile; those beyond are counted.
const MOST: usize = 1_000;

/// What is known besides the files.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Hosts that packages may come from, besides the one that most come from.
    pub allowed_hosts: BTreeSet<String>,
    /// What the registry offers to verify `name@version` against, where it was asked; nothing if it has no such version.
    pub offered: BTreeMap<String, Option<String>>,
    /// The checksum of yarn's archive of `name@version`, made from the registry's tarball, in hexadecimal digits.
    pub archives: BTreeMap<String, String>,
    /// What is wrong with the registry's signature of `name@version`, where it was looked at.
    pub signatures: BTreeMap<String, BadSignature>,
}

impl Known {
    /// Whether this host was allowed, however it was written.
    fn allows(&self, address: &Address<'_>) -> bool {
        let own = address.own_host();
        let mut allowed = self.allowed_hosts.iter();
        allowed.any(|host| url::compared(address.scheme, host) == own)
    }
}

/// What rules look at.
pub struct View<'a> {
    pub project: &'a Project,
    pub lines: Lines<'a>,
    pub known: &'a Known,
    /// The same lockfile as it was before, if the change is looked at.
    pub base: Option<&'a Project>,
    /// Names that an override or resolution is about.
    overridden: HashSet<&'a str>,
}

/// What the rules find in one lockfile, and in what changed since `base`.
pub fn findings(project: &Project, base: Option<&Project>, known: &Known) -> Vec<Finding> {
    let view = View {
        project,
        lines: Lines::new(&project.text),
        known,
        base,
        overridden: override_elsewhere::overridden(project),
    };
    let mut all = Vec::new();
    for rule in RULES {
        let mut found = Found {
            view: &view,
            rule,
            findings: Vec::new(),
            left_out: 0,
        };
        (rule.look)(&view, &mut found);
        if found.left_out > 0 {
            let message = format!(
                "{} more findings of this rule are not listed",
                found.left_out
            );
            let mut more = found.made(rule.severity, project.path(), &view.lines, NOWHERE, message);
            more.fails = rule.severity >= FAILS_FROM;
            found.findings.push(more);
        }
        all.append(&mut found.findings);
    }
    all
}

impl<'a> View<'a> {
    /// Entries that are fetched, with their numbers.
    pub(crate) fn packages(&self) -> impl Iterator<Item = (u32, &'a Locked)> {
        let entries = self.project.lockfile.entries.iter().enumerate();
        entries
            .filter(|(_, entry)| entry.source != Source::Workspace)
            .map(|(index, entry)| (u32::try_from(index).unwrap_or(u32::MAX), entry))
    }

    /// Those of a registry.
    pub(crate) fn of_registry(&self) -> impl Iterator<Item = (u32, &'a Locked)> {
        self.packages()
            .filter(|(_, entry)| entry.source == Source::Registry)
    }
}

/// Collects what one rule finds.
pub(crate) struct Found<'v, 'a> {
    view: &'v View<'a>,
    rule: &'static Rule,
    findings: Vec<Finding>,
    left_out: usize,
}

impl Found<'_, '_> {
    /// About an entry, at a part of it; at its key if that is nowhere.
    pub(crate) fn entry(&mut self, index: u32, at: Spot, message: String) {
        self.entry_as(self.rule.severity, index, at, message);
    }

    /// The same with a lower severity than the rule's.
    pub(crate) fn entry_as(&mut self, severity: Severity, index: u32, at: Spot, message: String) {
        if self.is_full() {
            return;
        }
        let (project, lines) = (self.view.project, &self.view.lines);
        let rule = self.rule.id;
        let mut finding = Finding::of_entry(
            self.rule.check,
            rule,
            severity,
            project,
            lines,
            (index, at),
            message,
        );
        finding.fails = severity >= FAILS_FROM;
        self.findings.push(finding);
    }

    /// About the lockfile.
    pub(crate) fn lockfile(&mut self, severity: Severity, at: Spot, message: String) {
        if self.is_full() {
            return;
        }
        let path = self.view.project.path();
        let finding = self.made(severity, path, &self.view.lines, at, message);
        self.findings.push(finding);
    }

    /// About another file of the project, whose text is given.
    pub(crate) fn file(
        &mut self,
        severity: Severity,
        file: &str,
        text: &str,
        at: Spot,
        message: String,
    ) {
        if self.is_full() {
            return;
        }
        let path = self.view.project.path_of(file);
        let finding = self.made(severity, path, &Lines::new(text), at, message);
        self.findings.push(finding);
    }

    fn made(
        &self,
        severity: Severity,
        file: String,
        lines: &Lines<'_>,
        at: Spot,
        message: String,
    ) -> Finding {
        let mut finding = Finding::at(
            self.rule.check,
            self.rule.id,
            severity,
            file,
            lines,
            at,
            message,
        );
        finding.fails = severity >= FAILS_FROM;
        finding
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.findings.len() >= MOST;
        self.left_out += usize::from(is_full);
        is_full
    }
}

/// As it may stand in a message.
fn shown(text: &str) -> String {
    lazaret_npm::text::printable_up_to(text, 120).into_owned()
}

#[cfg(test)]
mod tests;
