//! What a version newly does, compared with one before.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::history::History;
use crate::inspect::Inspected;
use crate::manifest::Dependency;

/// Is it new?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Novelty {
    New,
    /// It was there before, elsewhere.
    Moved,
    Unchanged,
}

/// All that is new in a version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub findings: Vec<Finding>,
}

impl Change {
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter()
    }
}

/// What differs between two versions, before anybody judges it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub files: Files,
    pub scripts: Vec<ScriptChange>,
    pub dependencies: Vec<DependencyChange>,
    /// Public hosts that the code asks now and did not before.
    pub hosts: Vec<String>,
}

/// Paths, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChange {
    pub before: Option<Dependency>,
    pub after: Option<Dependency>,
}

/// What `after` does that `before` did not.
pub fn change(before: &Inspected, after: &Inspected, history: Option<&History>) -> Change {
    let _ = (before, after, history);
    Change::default()
}
