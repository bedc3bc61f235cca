//! For people.

use super::changes::diffs;
use crate::commands::{FixStatus, Fixed};
use crate::output::{BOLD, FAINT, GREEN, PLAIN, RED, YELLOW, escaped};
use lazaret_npm::text::printable_up_to;
use lazaret_project::fix::{Cause, Step};
use std::fmt::Write;

/// Characters of a line of a file that are shown.
const LINE_LIMIT: usize = 240;

/// Lines of the package manager's output that are shown where it failed.
const MOST_SAID: usize = 20;

pub(super) fn plan(outcome: &Fixed) -> String {
    let mut text = String::new();
    let packages = match outcome.packages {
        1 => "1 package".to_owned(),
        count => format!("{count} packages"),
    };
    let _ = writeln!(
        text,
        "{BOLD}{}{PLAIN}: {packages}, {}",
        escaped(&outcome.lockfile),
        match outcome.bad.len() {
            0 => "none of them known to be bad".to_owned(),
            1 => "1 of them bad".to_owned(),
            count => format!("{count} of them bad"),
        }
    );
    for bad in &outcome.bad {
        let colour = match bad.cause {
            Cause::Malicious => RED,
            Cause::Vulnerable => YELLOW,
        };
        let ids = bad.ids.join(", ");
        let _ = writeln!(
            text,
            "  {colour}{}{PLAIN} {BOLD}{}{PLAIN} {FAINT}{}{PLAIN}",
            bad.cause.as_str(),
            escaped(&bad.id()),
            escaped(&ids)
        );
    }
    if !outcome.steps.is_empty() {
        text.push_str("\nthe plan:\n");
        for step in &outcome.steps {
            // What only comes with another step has a sentence of its own.
            let word = match step.cause {
                Some(_) => "because it is",
                None => "because",
            };
            let _ = writeln!(
                text,
                "  {}\n      {FAINT}{word}{PLAIN} {}",
                change(step),
                escaped(&step.because)
            );
        }
    }
    for remains in &outcome.remains {
        let _ = writeln!(
            text,
            "  {YELLOW}{} remains{PLAIN}, because {}",
            escaped(&remains.bad.id()),
            escaped(&remains.because)
        );
    }
    for (_, lines) in diffs(outcome) {
        text.push('\n');
        for line in lines {
            let colour = match line.as_bytes().first() {
                Some(b'+') => GREEN,
                Some(b'-') => RED,
                Some(b'@') => FAINT,
                _ => "",
            };
            let shown = line.replace('\t', "    ");
            let shown = printable_up_to(&shown, LINE_LIMIT);
            let end = if colour.is_empty() { "" } else { PLAIN };
            let _ = writeln!(text, "{colour}{shown}{end}");
        }
    }
    if let Some(verified) = &outcome.verified {
        text.push('\n');
        let _ = match verified.success {
            true => writeln!(
                text,
                "{GREEN}accepted{PLAIN}: `{}` in a copy of the project",
                verified.command
            ),
            false => writeln!(
                text,
                "{RED}NOT accepted{PLAIN}: `{}` in a copy of the project says",
                verified.command
            ),
        };
        if !verified.success {
            let said: Vec<&str> = verified.output.lines().collect();
            for line in &said[said.len().saturating_sub(MOST_SAID)..] {
                let _ = writeln!(text, "  {}", escaped(line));
            }
        }
    }
    text
}

fn change(step: &Step) -> String {
    match (step.from.as_str(), step.to.as_str()) {
        ("", to) => format!("{GREEN}+{PLAIN} {BOLD}{}{PLAIN}", escaped(to)),
        (from, "") => format!("{RED}-{PLAIN} {BOLD}{}{PLAIN}", escaped(from)),
        (from, to) => format!(
            "{BOLD}{}{PLAIN} -> {BOLD}{}{PLAIN}",
            escaped(from),
            escaped(to)
        ),
    }
}

pub(super) fn result(outcome: &Fixed) -> String {
    let mut text = String::new();
    let is_done = outcome.status == FixStatus::Done;
    let (gone, remain) = (outcome.gone.len(), outcome.remains.len());
    let verb = |count: usize| if count == 1 { "remains" } else { "remain" };
    let remaining = match remain {
        0 => String::new(),
        count => {
            let first = escaped(&outcome.remains[0].because).into_owned();
            format!(", {count} {} because {first}", verb(count))
        }
    };
    let line = match outcome.status {
        FixStatus::Nothing => format!("{GREEN}nothing to fix{PLAIN}"),
        FixStatus::Stuck => format!("{RED}nothing changed: 0 gone{remaining}{PLAIN}"),
        FixStatus::Planned => {
            format!(
                "{YELLOW}nothing was changed{PLAIN}: with --yes {gone} would be gone{remaining}"
            )
        }
        FixStatus::Done => {
            let colour = if remain == 0 { GREEN } else { YELLOW };
            let files: Vec<&str> = outcome.files.keys().map(String::as_str).collect();
            let files = escaped(&files.join(", ")).into_owned();
            format!("{colour}{gone} gone{remaining}{PLAIN} (changed: {files})")
        }
    };
    let _ = writeln!(text, "\n{line}");
    for incomplete in &outcome.incomplete {
        let _ = writeln!(text, "{RED}not asked{PLAIN}: {}", escaped(incomplete));
    }
    if let Some(advice) = outcome
        .advice
        .as_ref()
        .filter(|_| is_done || outcome.status == FixStatus::Stuck)
    {
        let _ = writeln!(
            text,
            "\n{BOLD}The lockfile is not all.{PLAIN} Wherever the old one was installed:"
        );
        for stop in &advice.stop {
            let _ = writeln!(text, "  - {}", escaped(stop));
        }
        text.push_str("clear caches, which clients install from without asking anybody:\n");
        for cache in &advice.caches {
            let _ = writeln!(
                text,
                "  {BOLD}{}{PLAIN}  {FAINT}# {}{PLAIN}",
                cache.line, cache.what
            );
        }
        text.push_str("replace what the payload can have read:\n");
        for (about, secrets) in &advice.rotate {
            let _ = writeln!(text, "  {}", escaped(about));
            for secret in secrets {
                let _ = writeln!(text, "  - {}", escaped(secret));
            }
        }
        for clean in &advice.clean {
            let _ = writeln!(text, "  - {}", escaped(clean));
        }
        text.push_str("find the machines:\n");
        for look in &advice.look {
            let _ = writeln!(
                text,
                "  {BOLD}{}{PLAIN}  {FAINT}# {}{PLAIN}",
                escaped(&look.line),
                look.what
            );
        }
    }
    text
}
