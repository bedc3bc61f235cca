//! A line of a file with carets below what is meant, cut to the width of the terminal.

use crate::output::escaped;
use lazaret_project::Finding;

/// Characters that are shown before what is meant, if the line is too long.
const BEFORE: usize = 30;

/// The line, and the line of carets, without a margin.
pub(super) fn excerpt(finding: &Finding, width: usize) -> Option<(String, String)> {
    if finding.line.trim().is_empty() {
        return None;
    }
    let characters: Vec<char> = finding.line.chars().collect();
    let first = finding.line_from.max(1) as usize;
    let start = (finding.place.column as usize)
        .saturating_sub(first)
        .min(characters.len());
    let end = match finding.end.line == finding.place.line {
        true => (finding.end.column as usize)
            .saturating_sub(first)
            .clamp(start, characters.len()),
        false => characters.len(),
    };
    let width = width.max(40);
    let from = match end <= width {
        true => characters
            .iter()
            .take_while(|character| **character == ' ')
            .count()
            .min(start),
        false => start.saturating_sub(BEFORE),
    };
    let until = characters.len().min(from + width);
    let part = |from: usize, until: usize| -> String {
        let text: String = characters[from.min(until)..until].iter().collect();
        escaped(&text).into_owned()
    };
    let (head, meant) = (part(from, start), part(start, end.min(until)));
    let tail = part(end.min(until), until);
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    let is_cut_before = from > 0 && characters[..from].iter().any(|character| *character != ' ');
    let line = format!(
        "{}{head}{meant}{tail}{}",
        dots(is_cut_before),
        dots(until < characters.len())
    );
    let margin = head.chars().count() + dots(is_cut_before).chars().count();
    let carets = "^".repeat(meant.chars().count().max(1));
    Some((line, format!("{}{carets}", " ".repeat(margin))))
}
