//! What `lazaret inspect` and `lazaret diff` print as JSON, schema 1: as much of it as is counted here.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Document {
    schema: u32,
    pub(crate) outcome: Outcome,
    #[serde(default)]
    pub(crate) score: f64,
    #[serde(default)]
    pub(crate) reasons: Vec<Value>,
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
    #[serde(default)]
    pub(crate) incomplete: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Allow,
    Note,
    Quarantine,
    Block,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) place: Option<Place>,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) novelty: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    #[serde(default)]
    pub(crate) file: String,
    #[serde(default)]
    pub(crate) line: Option<u64>,
}

impl Document {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let document: Self = serde_json::from_slice(bytes).context("not the expected JSON")?;
        ensure!(
            document.schema == 1,
            "schema {} is not known here",
            document.schema
        );
        Ok(document)
    }

    /// A diff also names what was there before; that is not held against the update.
    pub(crate) fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.novelty.as_deref() != Some("unchanged"))
    }

    /// The rules that weigh most, each once.
    pub(crate) fn top_rules(&self, count: usize) -> Vec<String> {
        let mut findings: Vec<&Finding> = self.new_findings().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight()));
        let mut rules: Vec<String> = Vec::new();
        for finding in findings {
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule.clone());
            }
        }
        rules.truncate(count);
        rules
    }
}

impl Outcome {
    pub(crate) fn holds(self) -> bool {
        self >= Self::Quarantine
    }
}

impl Finding {
    fn weight(&self) -> usize {
        ["info", "low", "medium", "high", "critical"]
            .iter()
            .position(|name| self.severity.eq_ignore_ascii_case(name))
            .unwrap_or_default()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.rule, self.severity)?;
        if let Some(place) = &self.place {
            write!(formatter, " {}", place.file)?;
            if let Some(line) = place.line {
                write!(formatter, ":{line}")?;
            }
        }
        if self.message.is_empty() {
            return Ok(());
        }
        let message: String = self.message.chars().take(160).collect();
        write!(formatter, " {}", message.escape_debug())
    }
}

/// A reason as one line, whatever shape it has.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => ["message", "text", "rule", "reason"]
            .iter()
            .find_map(|name| fields.get(*name)?.as_str().map(str::to_owned))
            .unwrap_or_else(|| value.to_string()),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
