//! What looks bad, where, and when it would run.

use serde::Serialize;

/// How bad by itself, before novelty is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Below the package's root, with `/`.
    pub file: String,
    /// From 1; 0 where the whole file or package is meant.
    pub line: u32,
    /// From 1, in characters; 0 where the whole line is meant.
    pub column: u32,
}

/// One thing that a detector found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The detector: `wallet-swap`.
    pub rule: &'static str,
    pub severity: Severity,
    pub phase: Phase,
    pub place: Place,
    /// One line, for people: what it does. Parts of the package in it are not escaped.
    pub message: String,
    /// The decoded evidence, cut to a bounded length, not escaped: callee and arguments, or the text.
    pub evidence: String,
    /// The other ends of a chain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Place>,
    /// Equal for the same behaviour in two versions, wherever it moved to: rule, callee, arguments and the shape of the
    /// function round it.
    #[serde(serialize_with = "hexadecimal")]
    pub fingerprint: u64,
    /// The shape of the function round it; 0 if it is in none. Functions that both versions have cancel by it.
    #[serde(skip)]
    pub shape: u64,
}

fn hexadecimal<S: serde::Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:016x}"))
}
