//! The formats of `inspect` and `diff`.

mod human;
mod json;
mod markdown;
mod sarif;
mod words;

pub(in crate::output) use human::text as human_text;
pub(in crate::output) use json::{compact, pretty};
pub(in crate::output) use markdown::{cell, code, html, text as markdown_text};
pub(in crate::output) use sarif::{help, log as sarif_log, path as uri, shown};

use crate::inspection::Document;
use clap::ValueEnum;
use lazaret_analysis::Outcome;
use std::collections::BTreeMap;

/// How reports are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    #[default]
    Human,
    /// For machines: one JSON object with "schema": 1 on one line for each package.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// For code scanning: SARIF 2.1.0, one run.
    Sarif,
}

impl ReportFormat {
    /// Whether the code round findings is shown.
    pub(crate) fn shows_code(self) -> bool {
        matches!(self, Self::Human | Self::Markdown)
    }
}

/// What writes documents to stdout, as they come.
pub(crate) struct Reports {
    format: ReportFormat,
    width: usize,
    sarif: sarif::Log,
    tally: BTreeMap<Outcome, usize>,
}

/// Where stdout is no terminal, lines are cut here.
const WIDTH: usize = 120;

/// Columns of the terminal.
pub(in crate::output) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(WIDTH, |(width, _)| usize::from(width.0).max(60))
}

pub(crate) fn reports(format: ReportFormat) -> Reports {
    Reports {
        format,
        width: width(),
        sarif: sarif::Log::default(),
        tally: BTreeMap::new(),
    }
}

impl Reports {
    /// Writes one, or keeps it for the end where the format wants that.
    pub(crate) fn write(&mut self, document: &Document) {
        let is_first = self.tally.is_empty();
        *self.tally.entry(document.judgement().outcome).or_default() += 1;
        match self.format {
            ReportFormat::Human if is_first => super::result(&human::text(document, self.width)),
            ReportFormat::Human => {
                super::result(&format!("\n{}", human::text(document, self.width)));
            }
            ReportFormat::Json => super::line(document),
            ReportFormat::Markdown if is_first => super::result(&markdown::text(document)),
            ReportFormat::Markdown => {
                super::result(&format!("\n{}", markdown::text(document)));
            }
            ReportFormat::Sarif => self.sarif.add(document),
        }
    }

    /// Writes what stands at the end. `missing` are layers of the sandbox that this machine does not have.
    pub(crate) fn finish(self, missing: &[String]) {
        if self.format == ReportFormat::Human && !missing.is_empty() {
            super::result(&human::missing(missing));
        }
        match self.format {
            ReportFormat::Human if self.tally.values().sum::<usize>() > 1 => {
                super::result(&format!("\n{}", human::summary(&self.tally)));
            }
            ReportFormat::Sarif => super::json(&self.sarif.finish()),
            _ => {}
        }
    }
}
