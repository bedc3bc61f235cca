//! The formats of `check`.

mod annotations;
mod excerpt;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;

use crate::commands::Outcome;
use clap::ValueEnum;
use lazaret_policy::Severity;
use lazaret_project::{Finding, State};

/// How the result of a check is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, with the lines of the files.
    #[default]
    Human,
    /// One line for each finding: FILE:LINE:COLUMN: SEVERITY RULE: MESSAGE.
    Concise,
    /// For machines: one JSON object with "schema": 1.
    Json,
    /// For code scanning: SARIF 2.1.0, one run.
    Sarif,
    /// Annotations of GitHub Actions; the rest goes to the step's summary.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// For CI servers that show tests.
    Junit,
    /// For a comment on a pull request.
    Markdown,
}

/// Writes the result to stdout.
pub(crate) fn checked(format: CheckFormat, outcome: &Outcome, with_notes: bool) {
    match format {
        CheckFormat::Human => {
            super::result(&human::text(outcome, with_notes, super::report::width()));
        }
        CheckFormat::Concise => super::plain(&human::concise(outcome, with_notes)),
        CheckFormat::Json => super::json(&json::document(outcome)),
        CheckFormat::Sarif => super::json(&sarif::log(outcome)),
        CheckFormat::Github => super::plain(&annotations::github(outcome)),
        CheckFormat::Gitlab => super::json(&annotations::gitlab(outcome)),
        CheckFormat::Junit => super::plain(&junit::text(outcome)),
        CheckFormat::Markdown => super::plain(&markdown::text(outcome)),
    }
}

/// `error` fails, `warning` is open, `note` is the rest.
fn level(finding: &Finding) -> &'static str {
    match (finding.counts(), &finding.state) {
        (true, _) => "error",
        (false, State::Open) if finding.severity >= Severity::Moderate => "warning",
        _ => "note",
    }
}

/// Whether it is shown without `--notes`.
fn is_shown(finding: &Finding, with_notes: bool) -> bool {
    with_notes || (finding.state == State::Open && finding.severity >= Severity::Moderate)
}

/// `app > a@1.0.0 > b@2.0.0`; not escaped.
fn way(finding: &Finding) -> Option<String> {
    (finding.way.len() > 1).then(|| finding.way.join(" > "))
}

/// The page of a rule.
fn page(rule: &str) -> Option<(&'static str, &'static str)> {
    if let Some(rule) = lazaret_project::rules::rule(rule) {
        return Some((rule.title, rule.page));
    }
    lazaret_policy::rules::rule(rule).map(|rule| (rule.title, rule.page))
}

#[cfg(test)]
mod tests;
