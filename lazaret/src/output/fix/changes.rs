//! A change of files as a unified diff.

use crate::commands::Fixed;
use similar::{Algorithm, TextDiff};

/// Lines of a diff before it is cut.
const MOST_LINES: usize = 20_000;

/// Each file with the lines of its diff, without line ends.
pub(super) fn diffs(outcome: &Fixed) -> Vec<(&str, Vec<String>)> {
    let files = outcome.files.iter();
    files
        .map(|(path, (old, new))| (path.as_str(), lines(path, old.as_deref(), new)))
        .collect()
}

fn lines(path: &str, old: Option<&str>, new: &str) -> Vec<String> {
    let before = old.unwrap_or_default();
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .diff_lines(before, new);
    let from = match old {
        Some(_) => format!("a/{path}"),
        None => "/dev/null".to_owned(),
    };
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(&from, &format!("b/{path}"))
        .to_string();
    let mut lines: Vec<String> = text
        .lines()
        .take(MOST_LINES + 1)
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect();
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push("... and more".to_owned());
    }
    lines
}
