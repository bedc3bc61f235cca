//! How many of the attacks are held, and what was said of each.

use crate::fixtures::Case;
use crate::inspector::{Answer, Inspector, Outcome, Question, text};
use crate::said::Told;
use crate::wilson::Share;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub(crate) struct Recall {
    pub(crate) set: String,
    /// Attacks that were quarantined or blocked.
    pub(crate) flagged: Share,
    /// Incidents of which every package was.
    pub(crate) rows: Share,
    /// Harmless fixtures that were held all the same.
    pub(crate) false_alarms: Share,
    pub(crate) cases: Vec<Judged>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) case: String,
    pub(crate) row: String,
    pub(crate) expected: Outcome,
    /// None: no verdict at all, `reasons` says why.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) ok: bool,
    pub(crate) score: f64,
    pub(crate) rules: Vec<String>,
    pub(crate) reasons: Vec<String>,
    pub(crate) incomplete: usize,
    pub(crate) wall_ms: f64,
}

pub(crate) fn measure(inspector: &Inspector, set: &str, cases: &[Case]) -> Result<Recall> {
    let home = tempfile::tempdir()?;
    let questions: Vec<Question> = cases
        .iter()
        .map(|case| case.pack(home.path()))
        .collect::<Result<_>>()?;
    let told = Told::new(&format!("recall {set}"), questions.len());
    let answers = inspector.ask_all(&questions, &|count| told.at(count));
    let cases = cases
        .iter()
        .zip(answers)
        .map(|(case, answer)| judged(case, &answer))
        .collect();
    Ok(summed(set, cases))
}

fn judged(case: &Case, answer: &Answer) -> Judged {
    let document = answer.document.as_ref();
    let outcome = document.ok().map(|document| document.outcome);
    Judged {
        case: case.name.clone(),
        row: case.row.clone(),
        expected: case.expect,
        outcome,
        // An attack may be held for less than was expected; a harmless package must not be held.
        ok: outcome.is_some_and(|outcome| outcome.holds() == case.is_attack()),
        score: document.map_or(0.0, |document| document.score),
        rules: document.map_or_else(|_| Vec::new(), |document| document.top_rules(6)),
        reasons: match document {
            Ok(document) => document.reasons.iter().map(text).collect(),
            Err(why) => vec![why.clone()],
        },
        incomplete: document.map_or(0, |document| document.incomplete.len()),
        wall_ms: answer.used.wall_ms,
    }
}

fn summed(set: &str, cases: Vec<Judged>) -> Recall {
    let attacks: Vec<&Judged> = cases.iter().filter(|case| case.expected.holds()).collect();
    let flagged = attacks.iter().filter(|case| case.ok).count();
    let mut rows: BTreeMap<&str, bool> = BTreeMap::new();
    for case in &attacks {
        *rows.entry(&case.row).or_insert(true) &= case.ok;
    }
    let harmless = cases.len() - attacks.len();
    let alarms = cases
        .iter()
        .filter(|case| !case.expected.holds() && !case.ok)
        .count();
    Recall {
        set: set.to_owned(),
        flagged: Share::new(flagged, attacks.len()),
        rows: Share::new(rows.values().filter(|all| **all).count(), rows.len()),
        false_alarms: Share::new(alarms, harmless),
        cases,
    }
}

impl Recall {
    pub(crate) fn print(&self) {
        println!("\n## Recall: {}\n", self.set);
        for case in &self.cases {
            let outcome = case
                .outcome
                .map_or_else(|| "no verdict".to_owned(), |outcome| outcome.to_string());
            println!(
                "{:<5} {outcome:<11} (expected {:<10}) {:<48} {}",
                if case.ok { "ok" } else { "MISS" },
                case.expected,
                case.case,
                if case.outcome.is_some() {
                    case.rules.join(", ")
                } else {
                    case.reasons.join("; ")
                }
            );
        }
        println!("\nattacks held    {}", self.flagged);
        println!("incidents held  {}", self.rows);
        if self.false_alarms.of > 0 {
            println!("harmless held   {}", self.false_alarms);
        }
    }
}

#[cfg(test)]
mod tests;
