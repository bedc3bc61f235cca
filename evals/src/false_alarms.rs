//! What is held of what is harmless: popular packages by themselves (cold), and ordinary updates of them (diff).

use crate::corpus::{Corpus, Pair, Spacing, Step};
use crate::inspector::{Answer, Document, Inspector, Outcome, Question, text};
use crate::said::Told;
use crate::wilson::Share;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub(crate) struct FalseAlarms {
    pub(crate) corpus: &'static str,
    pub(crate) all: Counts,
    /// By kind of update; empty when cold.
    pub(crate) parts: BTreeMap<&'static str, Counts>,
    /// How many packages each rule hits, by severity.
    pub(crate) rules: BTreeMap<String, BTreeMap<String, usize>>,
    /// Every package that was held or got no verdict.
    pub(crate) held: Vec<Held>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Counts {
    pub(crate) outcomes: BTreeMap<String, usize>,
    /// Held for review, blocked ones not counted.
    pub(crate) quarantine: Share,
    pub(crate) block: Share,
    /// Something was not looked at; the outcome says so too.
    pub(crate) incomplete: Share,
    pub(crate) no_verdict: Share,
}

#[derive(Debug, Serialize)]
pub(crate) struct Held {
    pub(crate) what: String,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) score: f64,
    pub(crate) reasons: Vec<String>,
    pub(crate) findings: Vec<String>,
    pub(crate) incomplete: Vec<String>,
}

pub(crate) fn cold(inspector: &Inspector, corpus: &Corpus) -> Result<FalseAlarms> {
    let packages = corpus.packages()?;
    let questions: Vec<Question> = packages
        .iter()
        .map(|package| Question::inspect(corpus.tarball(&package.name, &package.version)))
        .collect();
    let told = Told::new("false alarms, cold", questions.len());
    let answers = inspector.ask_all(&questions, &|count| told.at(count));
    let names = packages
        .iter()
        .map(|package| format!("{}@{}", package.name, package.version));
    let judged: Vec<(String, Answer)> = names.zip(answers).collect();
    Ok(FalseAlarms::of("cold", &judged, BTreeMap::new()))
}

pub(crate) fn diff(inspector: &Inspector, corpus: &Corpus) -> Result<FalseAlarms> {
    let pairs = corpus.pairs()?;
    let questions: Vec<Question> = pairs
        .iter()
        .map(|pair| {
            Question::diff(
                corpus.tarball(&pair.name, &pair.before),
                corpus.tarball(&pair.name, &pair.after),
            )
        })
        .collect();
    let told = Told::new("false alarms, diff", questions.len());
    let answers = inspector.ask_all(&questions, &|count| told.at(count));

    let mut parts: BTreeMap<&'static str, Vec<&Answer>> = BTreeMap::new();
    for (pair, answer) in pairs.iter().zip(&answers) {
        for part in parts_of(pair) {
            parts.entry(part).or_default().push(answer);
        }
    }
    let parts = parts
        .into_iter()
        .map(|(part, answers)| (part, Counts::of(&answers)))
        .collect();
    let names = pairs
        .iter()
        .map(|pair| format!("{} {} -> {}", pair.name, pair.before, pair.after));
    let judged: Vec<(String, Answer)> = names.zip(answers).collect();
    Ok(FalseAlarms::of("diff", &judged, parts))
}

fn parts_of(pair: &Pair) -> [&'static str; 2] {
    let step = match pair.step {
        Step::Major => "major",
        Step::Minor => "minor",
        Step::Patch => "patch",
    };
    let spacing = match pair.spacing {
        Spacing::Month => "a month apart",
        Spacing::Next => "next patch",
    };
    [step, spacing]
}

impl Counts {
    fn of(answers: &[&Answer]) -> Self {
        let documents: Vec<&Document> = answers
            .iter()
            .filter_map(|answer| answer.document.as_ref().ok())
            .collect();
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        for document in &documents {
            *outcomes.entry(document.outcome.to_string()).or_default() += 1;
        }
        let all = answers.len();
        let with = |outcome: Outcome| {
            let hits = documents
                .iter()
                .filter(|one| one.outcome == outcome)
                .count();
            Share::new(hits, all)
        };
        let incomplete = documents
            .iter()
            .filter(|one| !one.incomplete.is_empty())
            .count();
        Self {
            quarantine: with(Outcome::Quarantine),
            block: with(Outcome::Block),
            incomplete: Share::new(incomplete, all),
            no_verdict: Share::new(all - documents.len(), all),
            outcomes,
        }
    }
}

impl FalseAlarms {
    fn of(
        corpus: &'static str,
        judged: &[(String, Answer)],
        parts: BTreeMap<&'static str, Counts>,
    ) -> Self {
        let answers: Vec<&Answer> = judged.iter().map(|(_, answer)| answer).collect();
        Self {
            corpus,
            all: Counts::of(&answers),
            parts,
            rules: rules(&answers),
            held: judged
                .iter()
                .filter_map(|(what, answer)| Held::of(what, answer))
                .collect(),
        }
    }

    pub(crate) fn print(&self) {
        println!("\n## False alarms: {}\n", self.corpus);
        println!("packages per rule");
        let mut rules: Vec<_> = self.rules.iter().collect();
        rules.sort_by_key(|(_, hits)| std::cmp::Reverse(hits.values().sum::<usize>()));
        for (rule, hits) in rules {
            let hits: Vec<String> = hits
                .iter()
                .map(|(severity, count)| format!("{severity} {count}"))
                .collect();
            println!("  {rule:<36} {}", hits.join(", "));
        }
        println!("\nheld");
        for held in &self.held {
            let outcome = held
                .outcome
                .map_or_else(|| "no verdict".to_owned(), |outcome| outcome.to_string());
            println!("  {outcome:<11} {} ({:.1})", held.what, held.score);
            for line in held
                .reasons
                .iter()
                .chain(&held.findings)
                .chain(&held.incomplete)
                .take(8)
            {
                println!("      {line}");
            }
        }
        println!();
        self.all.print("all");
        for (part, counts) in &self.parts {
            counts.print(part);
        }
    }
}

impl Counts {
    fn print(&self, name: &str) {
        println!("{name}");
        println!("  quarantine  {}", self.quarantine);
        println!("  block       {}", self.block);
        println!("  incomplete  {}", self.incomplete);
        if self.no_verdict.hits > 0 {
            println!("  no verdict  {}", self.no_verdict);
        }
    }
}

/// A package counts once per rule and severity, however often the rule hits it.
fn rules(answers: &[&Answer]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut rules: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for answer in answers {
        let Ok(document) = &answer.document else {
            continue;
        };
        let hits: std::collections::BTreeSet<(&str, &str)> = document
            .new_findings()
            .map(|finding| (finding.rule.as_str(), finding.severity.as_str()))
            .collect();
        for (rule, severity) in hits {
            *rules
                .entry(rule.to_owned())
                .or_default()
                .entry(severity.to_owned())
                .or_default() += 1;
        }
    }
    rules
}

impl Held {
    fn of(what: &str, answer: &Answer) -> Option<Self> {
        let (outcome, score, reasons, findings, incomplete) = match &answer.document {
            Ok(document) if document.outcome.holds() => (
                Some(document.outcome),
                document.score,
                document.reasons.iter().map(text).collect(),
                document
                    .new_findings()
                    .map(ToString::to_string)
                    .take(20)
                    .collect(),
                document.incomplete.iter().map(text).take(20).collect(),
            ),
            Ok(_) => return None,
            Err(why) => (None, 0.0, vec![why.clone()], Vec::new(), Vec::new()),
        };
        Some(Self {
            what: what.to_owned(),
            outcome,
            score,
            reasons,
            findings,
            incomplete,
        })
    }
}

#[cfg(test)]
mod tests;
