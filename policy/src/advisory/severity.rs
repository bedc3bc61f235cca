//! How bad a vulnerability is, from the first of a CVSS v4 vector, a v3 vector and the database's own label.

use std::fmt;

use serde::{Deserialize, Serialize};

/// npm's words for it; OSV's `MEDIUM` is npm's `moderate`. Malicious code has no severity: it is above all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A CVSS score of 0.0.
    Info,
    Low,
    #[serde(alias = "medium")]
    Moderate,
    High,
    Critical,
}

impl Severity {
    /// `info`, `low`, `moderate`, `high`, `critical`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The label that GitHub writes into `database_specific.severity`; `None` if it is no known word.
    pub fn from_label(label: &str) -> Option<Self> {
        const LABELS: [(&str, Severity); 6] = [
            ("none", Severity::Info),
            ("low", Severity::Low),
            ("moderate", Severity::Moderate),
            ("medium", Severity::Moderate),
            ("high", Severity::High),
            ("critical", Severity::Critical),
        ];
        let known = |(word, _): &&(&str, Self)| label.eq_ignore_ascii_case(word);
        LABELS.iter().find(known).map(|(_, severity)| *severity)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A CVSS v3 or v4 vector and the base score it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Cvss {
    /// 0.0 to 10.0.
    pub score: f64,
    /// As published: `CVSS:3.1/AV:N/...`.
    pub vector: Box<str>,
}

/// A vector has about 50 characters; v4 with every optional metric about 190.
const VECTOR_LIMIT: usize = 300;

impl Cvss {
    /// The vector that decides: v4 before v3, each known by its own prefix, because the `type` next to it can be
    /// wrong (github/advisory-database #4989: a 3.1 vector typed `CVSS_V4`). What does not parse is passed over.
    pub(crate) fn best<'a>(vectors: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let first_of = |prefix: &str| {
            vectors
                .clone()
                .filter(|vector| vector.starts_with(prefix))
                .find_map(Self::parse)
        };
        first_of("CVSS:4").or_else(|| first_of("CVSS:3"))
    }

    /// Reads a v3 or v4 vector; `None` for anything else.
    pub(crate) fn parse(vector: &str) -> Option<Self> {
        if vector.len() > VECTOR_LIMIT || !vector.is_ascii() || !vector.starts_with("CVSS:") {
            return None;
        }
        let score = vector.parse::<cvss::Cvss>().ok()?.score();
        Some(Self {
            score,
            vector: vector.into(),
        })
    }

    /// The band of the score; v3 and v4 share it.
    pub fn severity(&self) -> Severity {
        match self.score {
            score if score >= 9.0 => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Moderate,
            score if score > 0.0 => Severity::Low,
            _ => Severity::Info,
        }
    }
}

#[cfg(test)]
mod tests;
