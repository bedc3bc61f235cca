//! For a comment on a pull request. What authors wrote stands in code spans only, where nothing of it is markup, a
//! mention or a link.

use super::words::{self, Group, count, exact_place, groups};
use crate::inspection::{Document, Subject};
use crate::output::escaped;
use lazaret_analysis::change::Change;
use lazaret_analysis::judge::THRESHOLD;
use lazaret_analysis::{Outcome, Profile, Severity};
use lazaret_npm::text::printable_up_to;
use std::fmt::Write;

/// Rows of the table; GitHub takes comments of 65,536 characters.
const MOST_ROWS: usize = 30;

/// Findings with code.
const MOST_DETAILS: usize = 8;

/// Names in a list.
const MOST_NAMES: usize = 12;

/// Characters of one code span.
const CELL: usize = 200;

pub(in crate::output) fn text(document: &Document) -> String {
    let mut text = String::new();
    verdict(document, &mut text);
    table(document, &mut text);
    about(document, &mut text);
    details(document, &mut text);
    text
}

fn verdict(document: &Document, text: &mut String) {
    let judgement = document.judgement();
    let mark = match judgement.outcome {
        Outcome::Allow | Outcome::Note => "✅",
        Outcome::Quarantine => "⚠️",
        Outcome::Block => "⛔",
    };
    let _ = writeln!(
        text,
        "### {mark} {}: **{}**\n\nScore {}, held from {THRESHOLD} on.{}",
        code(&words::title(document)),
        words::outcome(judgement.outcome),
        judgement.score,
        words::release_of(document).map_or(String::new(), |release| format!(
            " The new version is {release}."
        )),
    );
    for (index, reason) in words::other_reasons(document).iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}- {}", code(reason));
    }
}

fn table(document: &Document, text: &mut String) {
    let news = document.news();
    let groups = groups(&news);
    if groups.is_empty() {
        let what = match document.subject {
            Subject::Report(_) => "Nothing was found.",
            Subject::Change(_) => "Nothing new was found.",
        };
        if document.incomplete().is_empty() {
            let _ = writeln!(text, "\n{what}");
        }
        return;
    }
    text.push_str("\n| | rule | where | what |\n|---|---|---|---|\n");
    for group in groups.iter().take(MOST_ROWS) {
        let finding = group.first.finding;
        let evidence = match finding.evidence.as_str() {
            "" => String::new(),
            evidence => format!("<br>{}", cell(evidence)),
        };
        let more = match group.more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {}{more} | {} {}{evidence} |",
            words::severity(finding.severity),
            code(finding.rule),
            cell(&words::place(&finding.place)),
            cell(&finding.message),
            words::phase(finding.phase),
        );
    }
    let rest: usize = groups
        .iter()
        .skip(MOST_ROWS)
        .map(|group| 1 + group.more)
        .sum();
    if rest > 0 {
        let _ = writeln!(text, "\nAnd {}.", count(rest, "more finding"));
    }
}

fn about(document: &Document, text: &mut String) {
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    match &document.subject {
        Subject::Report(report) => {
            rows.push(("Can do", capabilities(&report.capabilities)));
        }
        Subject::Change(change) => of_change(change, &mut rows),
    }
    let incomplete = document.incomplete().iter();
    let incomplete = incomplete.map(|incomplete| match &incomplete.file {
        Some(file) => code(&format!("{file}: {}", incomplete.why)),
        None => code(&incomplete.why),
    });
    rows.push(("Not inspected", incomplete.collect()));
    rows.retain(|(_, names)| !names.is_empty());
    if !rows.is_empty() {
        text.push('\n');
    }
    for (name, names) in rows {
        let more = names.len().saturating_sub(MOST_NAMES);
        let mut shown = names[..names.len() - more].join(", ");
        if more > 0 {
            let _ = write!(shown, " and {more} more");
        }
        let _ = writeln!(text, "- {name}: {shown}");
    }
}

fn of_change(change: &Change, rows: &mut Vec<(&str, Vec<String>)>) {
    rows.push(("Can now do", capabilities(&change.capabilities.gained)));
    rows.push(("No longer does", capabilities(&change.capabilities.lost)));
    let delta = &change.delta;
    rows.push((
        "New hosts",
        delta.hosts.keys().map(|host| code(host)).collect(),
    ));
    let scripts = delta.scripts.iter().map(words::script);
    rows.push(("Scripts", scripts.map(|script| code(&script)).collect()));
    let dependencies = delta.dependencies.iter().map(words::dependency);
    let dependencies = dependencies.map(|dependency| code(&dependency));
    rows.push(("Dependencies", dependencies.collect()));
    let paths = &delta.paths;
    rows.push((
        "Files added",
        paths.added.iter().map(|path| code(path)).collect(),
    ));
    rows.push((
        "Files removed",
        paths.removed.iter().map(|path| code(path)).collect(),
    ));
    rows.push((
        "Files changed",
        paths.changed.iter().map(|path| code(path)).collect(),
    ));
}

fn capabilities(profile: &Profile) -> Vec<String> {
    let shown = profile.0.iter().map(|(capability, place)| {
        format!(
            "{} ({})",
            words::capability(*capability),
            code(&words::place(place))
        )
    });
    shown.collect()
}

fn details(document: &Document, text: &mut String) {
    let news = document.news();
    let groups = groups(&news);
    let with_code: Vec<(&Group<'_>, &str)> = groups
        .iter()
        .filter(|group| group.first.finding.severity >= Severity::Medium)
        .filter_map(|group| Some((group, document.excerpt(group.first.finding)?)))
        .take(MOST_DETAILS)
        .collect();
    for (group, code) in with_code {
        let finding = group.first.finding;
        let place = exact_place(&finding.place);
        let lines: Vec<_> = code.lines().map(escaped).collect();
        let code = lines.join("\n");
        let fence = fence(&code, 3);
        let _ = writeln!(
            text,
            "\n<details><summary>{} at <code>{}</code></summary>\n\n{fence}js\n{code}\n{fence}\n\n</details>",
            finding.rule,
            html(&place),
        );
    }
}

/// In a code span, on one line, cut.
pub(in crate::output) fn code(text: &str) -> String {
    let text = printable_up_to(text, CELL);
    let fence = fence(&text, 1);
    // A span that begins or ends with a backtick needs a space there; an empty one is none.
    match text.is_empty() || text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// The same in a table, where a bar ends the cell even in code.
pub(in crate::output) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// More backticks than any run in the text has, and at least so many.
fn fence(text: &str, least: usize) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}

pub(in crate::output) fn html(text: &str) -> String {
    escaped(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('`', "&#96;")
        .replace('@', "&#64;")
}
