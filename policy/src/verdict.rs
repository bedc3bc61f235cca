//! What was decided about one version, and why.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a rule does when it finds something. Ordered by strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The rule does not look.
    Off,
    /// The version is served; the verdict says so.
    Note,
    /// The version is held until time or a person lets it go.
    Quarantine,
    /// The version is held; time never lifts it.
    Block,
}

impl Effect {
    /// `off`, `note`, `quarantine`, `block`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Note => "note",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        }
    }

    /// True if the version is not served.
    pub fn is_held(self) -> bool {
        self >= Self::Quarantine
    }
}

/// The decision. Ordered by strictness, a quarantine without end above one with an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Allow,
    /// Allowed, with something to say about it.
    Note,
    Quarantine {
        /// When it ends by itself; `None` if only a person can end it.
        until: Option<Timestamp>,
    },
    Block,
}

impl Outcome {
    /// True if the version is not served.
    pub fn is_held(self) -> bool {
        matches!(self, Self::Quarantine { .. } | Self::Block)
    }

    /// `allow`, `note`, `quarantine`, `block`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Quarantine { .. } => "quarantine",
            Self::Block => "block",
        }
    }

    /// When a quarantine ends by itself.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Quarantine { until } => until,
            Self::Allow | Self::Note | Self::Block => None,
        }
    }

    fn strictness(self) -> (u8, Option<Timestamp>) {
        match self {
            Self::Allow => (0, None),
            Self::Note => (1, None),
            Self::Quarantine { until: Some(end) } => (2, Some(end)),
            Self::Quarantine { until: None } => (3, None),
            Self::Block => (4, None),
        }
    }
}

impl PartialOrd for Outcome {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Outcome {
    fn cmp(&self, other: &Self) -> Ordering {
        self.strictness().cmp(&other.strictness())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// The word alone: `"quarantine"`.
impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One rule's say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The id of the rule, see [`crate::rules::RULES`].
    pub rule: &'static str,
    /// What this reason asks for, after everything that softens it; never [`Effect::Off`].
    pub effect: Effect,
    /// One sentence without a line break. What packages, databases and configuration wrote into it is made printable,
    /// but is not escaped for HTML or headers and need not be ASCII.
    pub text: String,
    /// When this reason ends by itself.
    pub until: Option<Timestamp>,
    /// Where to read more.
    pub url: Option<String>,
}

impl Reason {
    /// The outcome if this were the only reason.
    pub fn outcome(&self) -> Outcome {
        match self.effect {
            Effect::Off => Outcome::Allow,
            Effect::Note => Outcome::Note,
            Effect::Quarantine => Outcome::Quarantine { until: self.until },
            Effect::Block => Outcome::Block,
        }
    }
}

/// The decision on one version at one instant: the strictest of its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub outcome: Outcome,
    /// In the order of the rules; empty exactly if the outcome is [`Outcome::Allow`].
    pub reasons: Vec<Reason>,
    /// The earliest instant at which judging the same case again could say something else; `None` if time alone
    /// changes nothing.
    pub changes_at: Option<Timestamp>,
}

impl Verdict {
    pub(crate) fn of(reasons: Vec<Reason>, changes_at: Option<Timestamp>) -> Self {
        let outcomes = reasons.iter().map(Reason::outcome);
        Self {
            outcome: outcomes.max().unwrap_or(Outcome::Allow),
            reasons,
            changes_at,
        }
    }

    /// The strictest reason, of equals the first.
    pub fn headline(&self) -> Option<&Reason> {
        let strictest = |reason: &&Reason| reason.outcome() == self.outcome;
        self.reasons.iter().find(strictest)
    }

    /// The advisory fix for which a cooldown or freeze was waived, if that happened: to be logged.
    pub fn security_fix(&self) -> Option<&Reason> {
        let fix = |reason: &&Reason| reason.rule == crate::rules::security_fix::RULE.id;
        self.reasons.iter().find(fix)
    }
}
