//! What is known of what a version does: an inspection, reduced to what decides a verdict.

use serde::{Deserialize, Serialize};

/// Whether a version was inspected. Nothing is said of one that was not: whoever serves it has it inspected first.
#[derive(Debug, Clone, Copy, Default)]
pub enum Behaviour<'a> {
    #[default]
    NotInspected,
    Inspected(&'a Inspected),
}

/// What an inspection said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inspected {
    /// What the report makes of everything together.
    pub outcome: Look,
    /// The weightiest reason for that, in one line, not escaped; empty if there is none.
    #[serde(default)]
    pub summary: String,
    /// The version that it was compared with; without one it was judged by itself.
    #[serde(default)]
    pub against: Option<String>,
    /// What single rules look at.
    #[serde(default)]
    pub signals: Vec<Signal>,
}

/// What becomes of a version by its behaviour alone. Ordered by strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    Allow,
    Note,
    /// A person should look before anybody installs it.
    Quarantine,
    /// A chain from source to sink, or an install hook that reaches something grave: what attacks do and packages do not.
    Block,
}

/// One thing that was found and that has a rule of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signal {
    pub of: SignalKind,
    /// For people, in one line, not escaped.
    pub text: String,
}

/// What a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// Not all of it could be inspected.
    Incomplete,
    /// The registry shows another manifest than the tarball has.
    ManifestConfusion,
    /// An installation runs something that it did not run before.
    NewInstallScript,
    /// It has a new dependency that it does not use.
    PhantomDependency,
    /// Somebody published it who was not among those who might before.
    PublisherChanged,
    /// It no longer shows where it was built, or no longer comes from its trusted workflow.
    TrustDowngrade,
}

impl Look {
    /// `allow`, `note`, `quarantine`, `block`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        }
    }

    /// The word again.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Allow, Self::Note, Self::Quarantine, Self::Block]
            .into_iter()
            .find(|look| look.as_str() == word)
    }
}

impl Inspected {
    /// Whether no rule can have anything to say about it, whatever the policy is.
    pub fn is_quiet(&self) -> bool {
        self.outcome <= Look::Note && self.signals.is_empty()
    }
}
