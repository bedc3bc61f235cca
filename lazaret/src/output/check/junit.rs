//! JUnit's XML: a suite for each check, a case for each finding.

use super::level;
use crate::commands::{Outcome, Status};
use crate::output::escaped;
use lazaret_project::Check;
use std::fmt::Write;

pub(super) fn text(outcome: &Outcome) -> String {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lazaret check\">\n"
            .to_owned();
    for check in Check::ALL {
        suite(outcome, check, &mut text);
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(outcome: &Outcome, check: Check, text: &mut String) {
    let all: Vec<_> = outcome.of(check).collect();
    let failures = all.iter().filter(|finding| finding.counts()).count();
    let unchecked: Vec<&str> = outcome
        .incomplete
        .iter()
        .filter(|(of, _)| *of == check)
        .map(|(_, why)| why.as_str())
        .collect();
    let is_skipped = outcome.status(check) == Status::NotAsked;
    // A suite without a case would look as if nothing had been looked at.
    let own = usize::from(all.is_empty() && unchecked.is_empty());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{}\">",
        check.as_str(),
        all.len() + unchecked.len() + own,
        unchecked.len(),
        usize::from(is_skipped && own > 0),
    );
    if own > 0 {
        let inside = if is_skipped { "<skipped/>" } else { "" };
        let _ = writeln!(
            text,
            "    <testcase classname=\"{0}\" name=\"{0}\">{inside}</testcase>",
            check.as_str()
        );
    }
    for why in unchecked {
        let why = xml(why);
        let _ = writeln!(
            text,
            "    <testcase classname=\"{0}\" name=\"{0}\"><error message=\"{why}\"/></testcase>",
            check.as_str()
        );
    }
    for finding in all {
        let about = finding.package.as_deref().unwrap_or(&finding.file);
        let place = format!(
            "{}:{}:{}",
            finding.file, finding.place.line, finding.place.column
        );
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">",
            finding.rule,
            xml(about),
            xml(&finding.file),
            finding.place.line,
        );
        let message = xml(&finding.message);
        let _ = match finding.counts() {
            true => write!(
                text,
                "<failure message=\"{message}\" type=\"{}\">{}</failure>",
                finding.rule,
                xml(&place)
            ),
            false => write!(
                text,
                "<system-out>{}: {message} ({})</system-out>",
                level(finding),
                xml(&place)
            ),
        };
        text.push_str("</testcase>\n");
    }
    text.push_str("  </testsuite>\n");
}

/// Control characters, of which XML allows hardly any, are written as escapes before.
fn xml(text: &str) -> String {
    let text = escaped(text);
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
