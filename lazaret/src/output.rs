//! What all commands say things with: results on stdout, everything else on stderr, colours only on a terminal,
//! and nothing that a package's author wrote unescaped.

mod check;
mod fix;
mod hygiene;
mod progress;
mod report;
mod scan;
mod table;
mod watch;

pub(crate) use check::{CheckFormat, checked};
pub(crate) use fix::{
    document as fix_document, markdown as incident, plan as fix_plan, result as fix_result,
};
pub(crate) use hygiene::hygiene;
pub(crate) use progress::{bar, counter, rate, search_bar};
pub(crate) use report::{ReportFormat, reports};
pub(crate) use scan::{Searched, searched};
pub(crate) use table::columns;
pub(crate) use watch::{headline, text as event_text};

use clap::ValueEnum;
use lazaret_npm::text::printable_up_to;
use std::borrow::Cow;
use std::io::{BufWriter, ErrorKind, Write};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For machines: one JSON object with "schema": 1.
    Json,
}

/// Writes a result to stdout. A reader that has gone away is no error.
pub(crate) fn result(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// The same for text that has no colours: to look for them takes longer than to make a large document.
pub(crate) fn plain(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a result as pretty JSON to stdout.
///
/// # Errors
/// Never for the values that commands build.
pub(crate) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    result(&format!("{}\n", serde_json::to_string_pretty(value)?));
    Ok(())
}

/// The same, with characters escaped that could deceive who looks at it in a terminal.
///
/// # Errors
/// Never for the values that commands build.
pub(crate) fn document(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(256 << 10, std::io::stdout().lock());
    let written = report::pretty_to(value, &mut out).and_then(|()| Ok(out.flush()?));
    // Nobody is to take a half document for a whole one, but for who left before its end.
    match written {
        Err(error) if !is_broken_pipe(&error) => Err(error.context("cannot write the document")),
        _ => Ok(()),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_json = error.downcast_ref::<serde_json::Error>();
    let of_json = of_json.and_then(serde_json::Error::io_error_kind);
    let of_flush = error
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    of_json.or(of_flush) == Some(ErrorKind::BrokenPipe)
}

/// One line of JSON, with characters escaped that could deceive who looks at it in a terminal.
///
/// # Errors
/// Never for the values that commands build.
pub(crate) fn line(value: &impl serde::Serialize) -> anyhow::Result<()> {
    plain(&report::compact(value)?);
    Ok(())
}

/// Says something to the person at the terminal.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// The text on one line, with nothing in it that could move, hide or reorder what is seen.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    printable_up_to(text, usize::MAX)
}

/// The same for text of several lines.
fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

/// Warns the person at the terminal.
pub(crate) fn warn(text: &str) {
    say(&format!("{YELLOW}warning:{PLAIN} {}", escaped_lines(text)));
}

/// Says what went wrong.
pub(crate) fn error(text: &str) {
    say(&format!("{RED}error:{PLAIN} {}", escaped_lines(text)));
}

/// Taken out by `anstream` where nobody sees colours.
pub(crate) const RED: &str = "\x1b[1;31m";
pub(crate) const GREEN: &str = "\x1b[1;32m";
pub(crate) const YELLOW: &str = "\x1b[1;33m";
pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const FAINT: &str = "\x1b[2m";
pub(crate) const PLAIN: &str = "\x1b[0m";
