//! All that is said of one version. The JSON is stable: the same bytes give the same text on every machine.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::capability::Profile;
use crate::finding::Finding;
use crate::judge::Judgement;
use crate::manifest::Dependency;

/// The version of the JSON of [`Report`] and [`Change`](crate::Change).
pub const SCHEMA: u32 = 1;

/// What one version does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema: u32,
    pub name: String,
    pub version: String,
    /// By the cold rules: as if there were no version before.
    #[serde(flatten)]
    pub judgement: Judgement,
    pub capabilities: Profile,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// All scripts of `package.json`.
    pub scripts: BTreeMap<String, String>,
    /// Sorted by group and name.
    pub dependencies: Vec<Dependency>,
    pub files: Size,
    /// Sorted; empty if all of it was inspected.
    pub incomplete: Vec<Incomplete>,
    /// What is outside the canonical profile of npm tarballs.
    pub archive: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub count: u64,
    pub bytes: u64,
    /// Of them, those that are scripts.
    pub scripts: u64,
    pub script_bytes: u64,
}

/// Something that could not be inspected to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Incomplete {
    /// None if it is the archive.
    pub file: Option<String>,
    pub why: String,
    /// What lies in tests, or cannot run because nothing can parse it, is told and does not hold the package.
    pub matters: bool,
}
