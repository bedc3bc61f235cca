//! Two texts side by side: what changed, three lines round it, every line that something was found in, and the rest
//! folded.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lazaret_npm::text::printable_up_to;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::highlight::Piece;

/// Lines shown round what changed.
const ROUND: usize = 3;
/// Rows of one file.
const ROWS: usize = 4000;
/// Characters of one line.
const COLUMNS: usize = 1000;
/// Time for finding the shortest difference; then any is good.
const PATIENCE: Duration = Duration::from_millis(500);

/// A finding at its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) severity: String,
    pub(super) rule: String,
    pub(super) novelty: String,
    pub(super) text: String,
    pub(super) evidence: String,
}

/// A row of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// `same`, `added`, `removed`, `changed` or `fold`.
    pub(super) kind: &'static str,
    /// Numbers from 1; 0 where there is no line on this side.
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) left: String,
    pub(super) right: String,
    /// The two as pieces in colours, where the file is code.
    pub(super) old_code: Vec<Piece>,
    pub(super) new_code: Vec<Piece>,
    pub(super) pins: Vec<Pin>,
}

/// Rows for both views: a line that was changed is one row with both sides.
pub(super) fn rows(
    before: &[String],
    after: &[String],
    mut pins: BTreeMap<usize, Vec<Pin>>,
) -> Vec<Row> {
    let deadline = Instant::now() + PATIENCE;
    let ops = capture_diff_slices_deadline(Algorithm::Myers, before, after, Some(deadline));
    let mut rows = Vec::new();
    // What was found in the file as a whole, or behind its end.
    let whole: Vec<Pin> = pins
        .extract_if(.., |line, _| *line == 0 || *line > after.len())
        .flat_map(|(_, pins)| pins)
        .collect();
    if !whole.is_empty() {
        rows.push(Row {
            kind: "whole",
            pins: whole,
            ..Row::default()
        });
    }
    let last = ops.len().saturating_sub(1);
    for (index, op) in ops.iter().enumerate() {
        match *op {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => {
                let head = if index == 0 { 0 } else { ROUND };
                let tail = if index == last { 0 } else { ROUND };
                let near = |at: usize| at < head || at + tail >= len;
                let pinned = |at: usize| {
                    let line = new_index + at + 1;
                    pins.range(line.saturating_sub(ROUND)..=line + ROUND)
                        .next()
                        .is_some()
                };
                let mut folded = 0;
                for at in 0..len {
                    if !near(at) && !pinned(at) {
                        folded += 1;
                        continue;
                    }
                    fold(&mut rows, &mut folded);
                    let text = shown(&after[new_index + at]);
                    rows.push(Row {
                        kind: "same",
                        old: old_index + at + 1,
                        new: new_index + at + 1,
                        left: text.clone(),
                        right: text,
                        ..Row::default()
                    });
                }
                fold(&mut rows, &mut folded);
            }
            DiffOp::Delete {
                old_index, old_len, ..
            } => changed(&mut rows, before, after, (old_index, old_len), (0, 0)),
            DiffOp::Insert {
                new_index, new_len, ..
            } => changed(&mut rows, before, after, (0, 0), (new_index, new_len)),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => changed(
                &mut rows,
                before,
                after,
                (old_index, old_len),
                (new_index, new_len),
            ),
        }
    }
    for row in &mut rows {
        if row.new > 0
            && let Some(pins) = pins.remove(&row.new)
        {
            row.pins = pins;
        }
    }
    cut(rows)
}

fn fold(rows: &mut Vec<Row>, folded: &mut usize) {
    if *folded > 0 {
        rows.push(Row {
            kind: "fold",
            left: format!("{folded} lines are the same"),
            ..Row::default()
        });
    }
    *folded = 0;
}

fn changed(
    rows: &mut Vec<Row>,
    before: &[String],
    after: &[String],
    (old, old_len): (usize, usize),
    (new, new_len): (usize, usize),
) {
    for at in 0..old_len.max(new_len) {
        let (has_old, has_new) = (at < old_len, at < new_len);
        rows.push(Row {
            kind: match (has_old, has_new) {
                (true, true) => "changed",
                (true, false) => "removed",
                _ => "added",
            },
            old: if has_old { old + at + 1 } else { 0 },
            new: if has_new { new + at + 1 } else { 0 },
            left: if has_old {
                shown(&before[old + at])
            } else {
                String::new()
            },
            right: if has_new {
                shown(&after[new + at])
            } else {
                String::new()
            },
            ..Row::default()
        });
    }
}

/// At most so many rows; of the rest, those with findings.
fn cut(mut rows: Vec<Row>) -> Vec<Row> {
    if rows.len() <= ROWS {
        return rows;
    }
    let rest = rows.split_off(ROWS);
    let (found, left): (Vec<Row>, Vec<Row>) =
        rest.into_iter().partition(|row| !row.pins.is_empty());
    rows.push(Row {
        kind: "fold",
        left: format!(
            "{} more rows are not shown, but for those with findings",
            left.len()
        ),
        ..Row::default()
    });
    rows.extend(found);
    rows
}

/// A line as it may stand on a page: tabs as spaces, and what hides or deceives spelled out.
fn shown(line: &str) -> String {
    match line.contains('\t') {
        true => printable_up_to(&line.replace('\t', "    "), COLUMNS).into_owned(),
        false => printable_up_to(line, COLUMNS).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pin, ROWS, Row, rows};
    use std::collections::BTreeMap;

    fn lines(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn told(rows: &[Row]) -> Vec<String> {
        rows.iter()
            .map(|row| {
                format!(
                    "{} {}/{} {}|{}",
                    row.kind, row.old, row.new, row.left, row.right
                )
            })
            .collect()
    }

    fn pin() -> Pin {
        Pin {
            severity: "high".into(),
            rule: "wallet-swap".into(),
            novelty: "new".into(),
            text: "swaps".into(),
            evidence: "0x".into(),
        }
    }

    #[test]
    fn what_changed_is_shown_with_what_stands_round_it() {
        let rows = rows(
            &lines("a b c d e f g h i j"),
            &lines("a b c d e X g h i j k"),
            BTreeMap::new(),
        );
        assert_eq!(
            told(&rows),
            [
                "fold 0/0 2 lines are the same|",
                "same 3/3 c|c",
                "same 4/4 d|d",
                "same 5/5 e|e",
                "changed 6/6 f|X",
                "same 7/7 g|g",
                "same 8/8 h|h",
                "same 9/9 i|i",
                "same 10/10 j|j",
                "added 0/11 |k",
            ]
        );
    }

    #[test]
    fn a_finding_is_shown_though_its_line_is_old() {
        let text = lines("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
        let pins = BTreeMap::from([(10, vec![pin()]), (0, vec![pin()]), (99, vec![pin()])]);
        let rows = rows(&text, &text, pins);
        assert_eq!((rows[0].kind, rows[0].pins.len()), ("whole", 2));
        let kinds: Vec<_> = rows[1..].iter().map(|row| (row.kind, row.new)).collect();
        assert_eq!(kinds[0], ("fold", 0));
        assert_eq!(kinds[1], ("same", 7));
        assert_eq!(kinds[7], ("same", 13));
        assert_eq!(kinds[8], ("fold", 0));
        assert_eq!(
            rows.iter()
                .filter(|row| row.new == 10 && row.pins.len() == 1)
                .count(),
            1
        );
    }

    #[test]
    fn a_whole_new_file_is_cut_and_its_findings_are_not() {
        let many: Vec<String> = (0..ROWS + 100).map(|number| number.to_string()).collect();
        let pins = BTreeMap::from([(ROWS + 50, vec![pin()])]);
        let rows = rows(&[], &many, pins);
        assert_eq!(rows.len(), ROWS + 2);
        assert!(rows[ROWS].left.starts_with("99 more rows"));
        assert_eq!(rows[ROWS + 1].new, ROWS + 50);
    }

    #[test]
    fn what_deceives_is_spelled_out() {
        let rows = rows(&[], &lines("\u{202e}x\u{1b}"), BTreeMap::new());
        assert_eq!(rows[0].right, "\\u{202e}x\\u{1b}");
    }
}
