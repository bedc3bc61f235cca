//! What looks bad, where, and when it would run.

use serde::{Deserialize, Serialize};

/// How bad by itself, before novelty is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Low,
    Medium,
    High,
    /// A chain: may block by itself.
    Critical,
}

/// When the code would run, the earliest that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// While it is installed: lifecycle scripts, `binding.gyp`.
    Install,
    /// When it is imported.
    Import,
    /// When one of its functions is called.
    Call,
    /// When its command is run.
    Bin,
    /// In tests, examples and documentation.
    Test,
    /// Nothing leads there.
    Unreachable,
}

/// Where in a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Below the package's root, with `/`.
    pub file: String,
    /// From 1; 0 where the whole file or package is meant.
    pub line: u32,
    /// From 1, in characters; 0 where the whole line is meant.
    pub column: u32,
}

/// As in [`Detector::id`](crate::Detector). (An alias, as serde would borrow a `str` from what it reads.)
pub type RuleId = &'static str;

/// One thing that a detector found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The detector: `wallet-swap`.
    #[serde(deserialize_with = "listed")]
    pub rule: RuleId,
    pub severity: Severity,
    pub phase: Phase,
    pub place: Place,
    /// One line, for people: what it does. Parts of the package in it are not escaped.
    pub message: String,
    /// The decoded evidence, cut to a bounded length, not escaped: callee and arguments, or the text.
    pub evidence: String,
    /// The other ends of a chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Place>,
    /// Equal for the same behaviour in two versions, wherever it moved to: rule, callee, arguments and the shape of the
    /// function round it.
    #[serde(with = "hexadecimal")]
    pub fingerprint: u64,
    /// The fingerprint without the function round it: equal where that was edited.
    #[serde(with = "hexadecimal")]
    pub site: u64,
    /// The site says what it is (a host, a path): once before is before.
    pub named: bool,
    /// The shape of the function round it; 0 if it is in none. Functions that both versions have cancel by it.
    #[serde(with = "hexadecimal")]
    pub shape: u64,
}

impl Finding {
    /// The order in which findings are told: the worst first, then by place.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.severity.cmp(&self.severity))
            .then_with(|| self.phase.cmp(&other.phase))
            .then_with(|| self.place.cmp(&other.place))
            .then_with(|| self.rule.cmp(other.rule))
            .then_with(|| self.message.cmp(&other.message))
            .then_with(|| self.evidence.cmp(&other.evidence))
            .then_with(|| self.fingerprint.cmp(&other.fingerprint))
            .then_with(|| self.via.cmp(&other.via))
    }
}

/// A rule's name out of a stored report: only rules of today have one.
fn listed<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<RuleId, D::Error> {
    let name = String::deserialize(deserializer)?;
    crate::detectors::detector(&name)
        .map(|detector| detector.id)
        .ok_or_else(|| serde::de::Error::custom(format!("there is no rule {name:?}")))
}

/// Sixteen digits, as JSON's numbers lose the low bits of such.
pub(crate) mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:016x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}
