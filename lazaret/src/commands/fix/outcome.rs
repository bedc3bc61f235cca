//! What a fix has to say, before it takes a form.

use lazaret_project::fix::advice::Advice;
use lazaret_project::fix::{Bad, Remains, Step};
use std::collections::BTreeMap;

/// Everything that is to be said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    /// From the working directory on.
    pub(crate) lockfile: String,
    /// How the project calls itself.
    pub(crate) project: Option<String>,
    pub(crate) packages: usize,
    /// What was bad.
    pub(crate) bad: Vec<Bad>,
    pub(crate) steps: Vec<Step>,
    /// What is bad still, or will be.
    pub(crate) remains: Vec<Remains>,
    /// `name@version` of what is gone, or will be.
    pub(crate) gone: Vec<String>,
    /// Old and new text of each file that changes; nothing of one that is new.
    pub(crate) files: BTreeMap<String, (Option<String>, String)>,
    pub(crate) verified: Option<Verified>,
    pub(crate) advice: Option<Advice>,
    /// Why something could not be asked.
    pub(crate) incomplete: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// How far it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing bad is locked.
    Nothing,
    /// Something is bad, and nothing can be done about it here.
    Stuck,
    /// There is a plan, and nothing was written.
    Planned,
    Done,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Stuck => "stuck",
            Self::Planned => "planned",
            Self::Done => "done",
        }
    }
}

/// What the package manager said to the new lockfile.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    /// `npm ci --ignore-scripts`
    pub(crate) command: String,
    pub(crate) success: bool,
    /// The end of what it printed.
    pub(crate) output: String,
}
