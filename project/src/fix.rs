//! The way back from bad versions: what to put in the place of malicious and vulnerable entries of a lockfile, why, and the
//! edits that do it. Plans and edits are pure: documents of the registry come in as data, the clock is an argument. Only
//! `journal` touches the disk.

pub mod advice;
mod catalogue;
mod edit;
pub mod journal;
mod known;
mod planner;
mod proof;
pub(crate) mod ranges;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lazaret_policy::{AdvisoryIndex, Indicators, Policy};

use crate::project::Project;

pub use catalogue::{Catalogue, Release};
pub use edit::apply;
pub use known::{Witnesses, known};
pub use proof::proven;
use tree::Tree;

/// What is wrong with a version, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    pub name: String,
    pub version: String,
    pub cause: Cause,
    /// Ids of advisories or campaigns, or who named it on the command line.
    pub ids: Vec<String>,
    /// One sentence; not escaped.
    pub why: String,
}

/// Which way leads back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Down, to the last good version.
    Malicious,
    /// Up, to the nearest fixed one.
    Vulnerable,
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Vulnerable => "vulnerable",
        }
    }
}

impl Bad {
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Everything that a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub project: &'a Project,
    /// Malicious ones are treated first, whatever their order here.
    pub bad: &'a [Bad],
    pub catalogue: &'a Catalogue,
    pub index: &'a AdvisoryIndex,
    /// Campaigns whose versions are never chosen.
    pub indicators: &'a Indicators,
    pub policy: &'a Policy,
    /// `name@version` that is never to be chosen, besides what the index names.
    pub banned: &'a BTreeSet<String>,
    /// Checksums of yarn berry's archives by `name@version`, as far as they were made; why one could not be.
    pub archives: &'a BTreeMap<String, Result<String, String>>,
    pub now: Timestamp,
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub remains: Vec<Remains>,
    /// Packages whose documents are needed before the plan is whole: ask, and plan again.
    pub needs: BTreeSet<String>,
    /// Versions whose archive yarn berry will make: their checksums are needed to write its lockfile.
    pub archives: BTreeSet<String>,
    tree: Tree,
    overrides: Vec<Override>,
    /// New ranges of the project's own: folder, name, the old range and the new one, as `package.json` has them.
    ranges: Vec<Moved>,
}

/// One change, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `chalk@5.6.1`; empty for what only comes with another step.
    pub from: String,
    /// Empty for what goes.
    pub to: String,
    /// The ids that this is about.
    pub ids: Vec<String>,
    pub cause: Option<Cause>,
    /// One sentence; not escaped.
    pub because: String,
}

/// What stays bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    pub bad: Bad,
    /// `because …`; not escaped.
    pub because: String,
}

/// A version that one dependent gets against its own range.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Override {
    parent: String,
    /// Where several versions of the parent are in the tree.
    parent_version: Option<String>,
    name: String,
    /// What the parent asks for, as far as the lockfile tells.
    spec: String,
    to: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moved {
    folder: String,
    name: String,
    from: String,
    to: String,
}

impl Plan {
    /// Whether there is something to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Makes a plan. While [`Plan::needs`] is not empty it is not whole.
pub fn plan(input: &Input<'_>) -> Plan {
    planner::plan(input)
}

#[cfg(test)]
mod tests;
