//! What a mirror says about one version: `GET /-/lazaret/why/NAME@VERSION`.

use crate::exit::Exit;
use crate::output::{BOLD, FAINT, GREEN, PLAIN, RED, YELLOW, columns, escaped};
use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::Write;

/// The verdict with its reasons and what they rest on.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    id: String,
    outcome: Outcome,
    reasons: Vec<Reason>,
    inspection: Option<Inspection>,
    #[serde(default)]
    evidence: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Allow,
    Note,
    Quarantine,
    Block,
}

#[derive(Debug, Deserialize)]
struct Reason {
    rule: String,
    effect: String,
    text: String,
    until: Option<String>,
    url: Option<String>,
}

/// What the version does.
#[derive(Debug, Deserialize)]
struct Inspection {
    outcome: Outcome,
    against: Option<String>,
    score: u64,
    inspected_at: String,
    findings: Vec<String>,
    #[serde(default)]
    more: usize,
}

impl Answer {
    /// Reads the answer's JSON.
    ///
    /// # Errors
    /// When it is not the answer of a lazaret that this program understands.
    pub(super) fn parse(body: &[u8]) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Schema {
            schema: u32,
        }
        let schema: Schema = serde_json::from_slice(body).context("the answer is not a verdict")?;
        ensure!(
            schema.schema == 1,
            "the answer has schema {}, this program understands 1",
            schema.schema
        );
        serde_json::from_slice(body).context("the answer is not a verdict")
    }

    /// Malicious is more than held.
    pub(super) fn exit(&self) -> Exit {
        let malicious = self
            .reasons
            .iter()
            .any(|reason| reason.rule == "malicious" && reason.effect == "block");
        match self.outcome {
            Outcome::Block if malicious => Exit::Malicious,
            Outcome::Block | Outcome::Quarantine => Exit::Findings,
            Outcome::Allow | Outcome::Note => Exit::Clean,
        }
    }

    /// The page for people; everything in it may come from a package's author.
    pub(super) fn text(&self) -> String {
        let (colour, says) = match self.outcome {
            Outcome::Allow => (GREEN, "let through"),
            Outcome::Note => (GREEN, "let through, with a note"),
            Outcome::Quarantine => (YELLOW, "held in quarantine"),
            Outcome::Block => (RED, "blocked"),
        };
        let mut text = format!(
            "{BOLD}{}{PLAIN} is {colour}{says}{PLAIN}\n",
            escaped(&self.id)
        );
        for reason in &self.reasons {
            let (rule, effect, sentence) = (
                escaped(&reason.rule),
                escaped(&reason.effect),
                escaped(&reason.text),
            );
            let _ = write!(text, "\n  {rule} ({effect})\n    {sentence}\n");
            if let Some(until) = &reason.until {
                let _ = writeln!(text, "    until {}", escaped(until));
            }
            if let Some(url) = &reason.url {
                let _ = writeln!(text, "    {}", escaped(url));
            }
        }
        if self.reasons.is_empty() {
            text.push_str("\n  no rule has anything to say\n");
        }
        if let Some(inspection) = &self.inspection {
            inspection.write(&mut text);
        }
        let rows: Vec<Vec<String>> = self
            .evidence
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| vec![format!("  {}", escaped(key)), shown(value)])
            .collect();
        if !rows.is_empty() {
            let _ = write!(text, "\n{FAINT}evidence{PLAIN}\n{}", columns(&rows));
        }
        text
    }
}

impl Inspection {
    fn write(&self, text: &mut String) {
        let outcome = match self.outcome {
            Outcome::Allow => "nothing was found",
            Outcome::Note => "nothing that many packages do not do",
            Outcome::Quarantine => "a person should look at it",
            Outcome::Block => "it does what attacks do",
        };
        let of = match &self.against {
            Some(against) => format!("what is new since {}", escaped(against)),
            None => "all of it".to_owned(),
        };
        let at = escaped(&self.inspected_at);
        let _ = write!(
            text,
            "\n{FAINT}behaviour{PLAIN}\n  {outcome}; {of} was inspected at {at}, score {}\n",
            self.score
        );
        for finding in &self.findings {
            let _ = writeln!(text, "  - {}", escaped(finding));
        }
        if self.more > 0 {
            let _ = writeln!(text, "  - and {} more", self.more);
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => escaped(text).into_owned(),
        other => escaped(&other.to_string()).into_owned(),
    }
}

/// What the mirror says was wrong.
pub(super) fn problem(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        error: String,
    }
    serde_json::from_slice::<Problem>(body)
        .ok()
        .map(|problem| problem.error)
}
