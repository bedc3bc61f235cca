//! From findings to one of four outcomes, by a sum that can be done by hand from the report.

use serde::{Deserialize, Serialize};

/// What is to become of a version.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing was found.
    #[default]
    Allow,
    /// Something was found that many good packages do.
    Note,
    /// A person should look before anybody installs it.
    Quarantine,
    Block,
}

/// An outcome with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub outcome: Outcome,
    /// For people, the weightiest first; empty if the outcome is [`Outcome::Allow`].
    pub reasons: Vec<String>,
}
