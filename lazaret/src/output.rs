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
use std::io::{self, BufWriter, Write};
use std::sync::{Mutex, PoisonError};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For machines: one JSON object with "schema": 1.
    Json,
}

/// Why the result is not whole on stdout, if it is not: nobody is to take half of one for all of it.
static UNWRITTEN: Mutex<Option<io::Error>> = Mutex::new(None);

/// What kept results from being written since this was last asked.
pub(crate) fn unwritten() -> Option<io::Error> {
    UNWRITTEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

/// A reader that has gone away is no error.
fn keep(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        *UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Writes a result to stdout; what goes wrong is [`unwritten`].
pub(crate) fn result(text: &str) {
    let mut out = anstream::stdout().lock();
    keep(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// The same for text that has no colours: to look for them takes longer than to make a large document.
pub(crate) fn plain(text: &str) {
    let mut out = io::stdout().lock();
    keep(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Writes a result as pretty JSON to stdout, with characters escaped that could deceive who looks at it in a terminal.
pub(crate) fn json(value: &impl serde::Serialize) {
    let mut out = BufWriter::with_capacity(256 << 10, io::stdout().lock());
    keep(report::pretty(value, &mut out).and_then(|()| out.flush()));
}

/// The same on one line.
pub(crate) fn line(value: &impl serde::Serialize) {
    let mut out = BufWriter::new(io::stdout().lock());
    keep(report::compact(value, &mut out).and_then(|()| out.flush()));
}

/// Says something to the person at the terminal.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// The text on one line, with nothing in it that could move, hide or reorder what is seen, or that a pipeline which reads
/// along would take for a command: `::` at the beginning of a line, `##[`, `##vso[`, `##teamcity[` anywhere.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let text = printable_up_to(text, usize::MAX);
    let is_command = text.trim_start().starts_with("::");
    if !is_command && !text.contains("##") {
        return text;
    }
    let text = text.replace("##", "#\\u{23}");
    Cow::Owned(match is_command {
        true => text.replacen("::", "\\u{3a}:", 1),
        false => text,
    })
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

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_is_a_command_of_a_pipeline() {
        for (text, shown) in [
            ("a##[error]b", "a#\\u{23}[error]b"),
            ("##vso[task.complete]", "#\\u{23}vso[task.complete]"),
            ("###[x]", "#\\u{23}#[x]"),
            (" ::stop-commands::x", " \\u{3a}:stop-commands::x"),
            ("a::b #1", "a::b #1"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }
}
