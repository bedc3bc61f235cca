//! For a comment on a pull request, which a bot finds again by its first line.

use super::super::report::{cell, code, html, markdown_text};
use super::{is_shown, level};
use crate::commands::Outcome;
use crate::inspection::Document;
use lazaret_analysis::Outcome as Judged;
use lazaret_project::{Check, Finding};
use std::cmp::Reverse;
use std::fmt::Write;

/// By this line the comment is replaced by the next.
const MARK: &str = "<!-- lazaret check -->";

/// Packages whose behaviour is told in full.
const MOST_INSPECTED: usize = 12;

/// Rows of each table; GitHub takes comments of 65,536 characters.
const MOST_ROWS: usize = 50;

pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = format!("{MARK}\n");
    let fails = outcome.findings.iter().any(Finding::counts);
    let mark = match (fails, outcome.is_complete()) {
        (true, _) => "⛔",
        (false, false) => "⚠️",
        (false, true) => "✅",
    };
    let _ = writeln!(text, "### {mark} {}\n", outcome.line());
    for (why, checks) in outcome.unchecked() {
        let _ = writeln!(text, "- **not checked** ({checks}): {}", code(why));
    }
    let found: Vec<&Finding> = outcome
        .findings
        .iter()
        .filter(|finding| is_shown(finding, false))
        .collect();
    if !found.is_empty() {
        text.push_str("\n| | what | where | rule |\n| --- | --- | --- | --- |\n");
        for finding in found.iter().take(MOST_ROWS) {
            let mark = match level(finding) {
                "error" => "⛔",
                "warning" => "⚠️",
                _ => "",
            };
            let mut what = cell(&finding.message);
            if let Some(way) = super::way(finding) {
                what.push_str(&format!("<br>needed by {}", cell(&way)));
            }
            if let Some(help) = &finding.help {
                what.push_str(&format!("<br>{}", cell(help)));
            }
            let place = cell(&format!("{}:{}", finding.file, finding.place.line));
            let _ = writeln!(text, "| {mark} | {what} | {place} | {} |", finding.rule);
        }
        rest(found.len(), &mut text);
    }
    for (file, changes) in &outcome.changes {
        if changes.is_empty() {
            continue;
        }
        let base = html(outcome.base.as_deref().unwrap_or_default());
        let _ = writeln!(
            text,
            "\n<details{}><summary>{} packages changed in <code>{}</code> since <code>{base}</code></summary>\n",
            if changes.len() <= 10 { " open" } else { "" },
            changes.len(),
            html(file),
        );
        text.push_str("| | package | before | after | |\n| --- | --- | --- | --- | --- |\n");
        for change in changes.iter().take(MOST_ROWS) {
            let version = |version: &Option<String>| version.as_deref().map_or(String::new(), cell);
            let mut kinds = Vec::new();
            if change.is_direct {
                kinds.push("direct");
            }
            if change.is_dev {
                kinds.push("development");
            }
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                change.kind.as_str(),
                cell(&change.name),
                version(&change.before),
                version(&change.after),
                kinds.join(", "),
            );
        }
        rest(changes.len(), &mut text);
        text.push_str("\n</details>\n");
    }
    let mut told: Vec<&Document> = outcome
        .inspected
        .iter()
        .filter(|document| document.judgement().outcome > Judged::Allow)
        .collect();
    told.sort_by_key(|document| {
        let judgement = document.judgement();
        (Reverse(judgement.outcome), Reverse(judgement.score))
    });
    for document in told.iter().take(MOST_INSPECTED) {
        text.push('\n');
        text.push_str(&markdown_text(document));
    }
    if told.len() > MOST_INSPECTED {
        let rest: Vec<String> = told[MOST_INSPECTED..]
            .iter()
            .take(MOST_ROWS)
            .map(|document| {
                let (name, version) = document.id();
                code(&format!("{name}@{version}"))
            })
            .collect();
        let _ = writeln!(
            text,
            "\n{} more do something new that weighs less: {}",
            told.len() - MOST_INSPECTED,
            rest.join(", ")
        );
    }
    let asked = Check::ALL.len();
    let lockfiles = match outcome.lockfiles.len() {
        1 => "1 lockfile".to_owned(),
        count => format!("{count} lockfiles"),
    };
    let _ = writeln!(text, "\n{lockfiles}, {asked} checks.");
    text
}

fn rest(count: usize, text: &mut String) {
    if count > MOST_ROWS {
        let _ = writeln!(text, "\nand {} more", count - MOST_ROWS);
    }
}
