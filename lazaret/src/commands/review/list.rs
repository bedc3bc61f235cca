//! `lazaret review list`: the queue, or the decisions.

use super::{items, text};
use crate::commands::asking::Asking;
use crate::exit::{Ending, Exit};
use crate::output::{self, Format, columns};
use clap::Args;
use serde_json::Value;

/// List what is held, or with --decided what people decided.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Decisions instead of what is held, the newest first.
    #[arg(long)]
    decided: bool,
    /// Only packages with this in their name; for decisions, exactly this package.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

impl List {
    pub(super) fn run(self) -> Ending {
        let mirror = self.asking.mirror()?;
        let limit = self.limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        let (path, name) = match self.decided {
            true => ("reviews", "package"),
            false => ("queue", "search"),
        };
        if let Some(package) = &self.package {
            query.push((name, package));
        }
        let answer = mirror.get(&[path], &query)?;
        match self.format {
            Format::Json => output::json(&answer),
            Format::Human if self.decided => output::result(&decisions(items(&answer, "reviews"))),
            Format::Human => output::result(&queue(items(&answer, "queue"))),
        }
        Ok(Exit::Clean)
    }
}

fn queue(lines: &[Value]) -> String {
    if lines.is_empty() {
        return "nothing is held\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        let waiting = match line["waiting"].as_u64() {
            Some(0) | None => String::new(),
            Some(1) => "1 client waits".to_owned(),
            Some(count) => format!("{count} clients wait"),
        };
        vec![
            text(line, "id"),
            text(line, "outcome"),
            waiting,
            format!("{}: {}", text(line, "rule"), text(line, "reason")),
        ]
    });
    columns(&rows.collect::<Vec<_>>())
}

pub(super) fn decisions(reviews: &[Value]) -> String {
    if reviews.is_empty() {
        return "nobody decided anything\n".to_owned();
    }
    let rows = reviews.iter().map(|review| {
        let subject = match review["range"].is_null() {
            true => format!("{}@{}", text(review, "package"), text(review, "version")),
            false => format!("{} in {}", text(review, "package"), text(review, "range")),
        };
        let mut word = text(review, "decision");
        if review["waiver"] == true {
            word.push_str(" (waiver)");
        }
        let state = match (review["in_force"] == true, review["withdrawn"].is_null()) {
            (true, _) => String::new(),
            (false, false) => "withdrawn".to_owned(),
            (false, true) => "over".to_owned(),
        };
        let who = format!("{}, {}", text(review, "person"), text(review, "at"));
        vec![
            text(review, "id"),
            subject,
            word,
            state,
            who,
            text(review, "reason"),
        ]
    });
    columns(&rows.collect::<Vec<_>>())
}
