//! Blocks of lines with a key each, an empty line between: yarn's lockfiles, and the packages of pnpm's.

use super::{Edit, line_end};

/// One block, without the empty lines after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) key: String,
    /// Where its first line begins.
    pub(super) start: usize,
    /// After its last line, line end included.
    pub(super) end: usize,
}

/// The block that begins with the line of `key_at` and ends where the next begins, or at `limit`.
pub(super) fn block(text: &str, key: &str, key_at: usize, limit: usize) -> Block {
    let start = text[..key_at].rfind('\n').map_or(0, |end| end + 1);
    let start = if text[start..].starts_with('\u{feff}') {
        start + 3
    } else {
        start
    };
    let limit = limit.max(start);
    let content = text[start..limit].trim_end();
    let mut end = start + content.len();
    for line_end in ["\r\n", "\n"] {
        if text[end..limit.max(end)].starts_with(line_end) {
            end += line_end.len();
            break;
        }
    }
    Block {
        key: key.to_owned(),
        start,
        end,
    }
}

/// Takes blocks out and puts others in, each before the first that `goes_after` it. New blocks have no line end at their end.
pub(super) fn change(
    text: &str,
    blocks: &[Block],
    removed: impl Fn(usize) -> bool,
    added: Vec<(String, String)>,
    goes_after: impl Fn(&str, &str) -> bool,
) -> Result<Vec<Edit>, String> {
    let newline = line_end(text);
    let kept: Vec<usize> = (0..blocks.len()).filter(|index| !removed(*index)).collect();
    let Some(last_kept) = kept.last().copied() else {
        return match blocks.is_empty() && added.is_empty() {
            true => Ok(Vec::new()),
            false => Err("nothing of the lockfile would stay".into()),
        };
    };
    let mut edits = Vec::new();
    for index in 0..last_kept {
        if removed(index) {
            edits.push(Edit::new(blocks[index].start, blocks[index + 1].start, ""));
        }
    }
    if let Some(last) = blocks.last().filter(|_| last_kept + 1 < blocks.len()) {
        edits.push(Edit::new(blocks[last_kept].end, last.end, ""));
    }
    let ends_in_line_end = text[..blocks[last_kept].end].ends_with('\n');
    for (key, new) in added {
        let before = kept
            .iter()
            .find(|index| goes_after(&blocks[**index].key, &key));
        edits.push(match before {
            Some(index) => {
                let start = blocks[*index].start;
                Edit::new(start, start, format!("{new}{newline}{newline}"))
            }
            None => {
                let end = blocks[last_kept].end;
                let new = match ends_in_line_end {
                    true => format!("{newline}{new}{newline}"),
                    false => format!("{newline}{newline}{new}"),
                };
                Edit::new(end, end, new)
            }
        });
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::super::applied;
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        let keys = text
            .match_indices(':')
            .map(|(at, _)| at)
            .collect::<Vec<_>>();
        let starts: Vec<usize> = keys
            .iter()
            .map(|at| text[..*at].rfind('\n').map_or(0, |end| end + 1))
            .collect();
        starts
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let limit = starts.get(index + 1).copied().unwrap_or(text.len());
                block(text, &text[*start..keys[index]], *start, limit)
            })
            .collect()
    }

    fn changed(text: &str, removed: &[usize], added: &[&str]) -> String {
        let blocks = blocks(text);
        let added = added
            .iter()
            .map(|key| ((*key).to_owned(), format!("{key}:\n  new")))
            .collect();
        let after = |known: &str, new: &str| known > new;
        let edits = change(
            text,
            &blocks,
            |index| removed.contains(&index),
            added,
            after,
        );
        applied(text, edits.unwrap()).unwrap()
    }

    #[test]
    fn blocks_come_and_go_and_the_rest_keeps_its_bytes() {
        let text = "# head\n\na:\n  1\n\nc:\n  2\n\ne:\n  3\n";
        assert_eq!(blocks(text)[2].end, text.len());
        assert_eq!(changed(text, &[0], &[]), "# head\n\nc:\n  2\n\ne:\n  3\n");
        assert_eq!(changed(text, &[2], &[]), "# head\n\na:\n  1\n\nc:\n  2\n");
        assert_eq!(
            changed(text, &[1, 2], &["b"]),
            "# head\n\na:\n  1\n\nb:\n  new\n"
        );
        assert_eq!(
            changed(text, &[1], &["b", "d"]),
            "# head\n\na:\n  1\n\nb:\n  new\n\nd:\n  new\n\ne:\n  3\n"
        );
        let open = "a:\n  1\n\nc:\n  2";
        assert_eq!(
            changed(open, &[], &["d"]),
            "a:\n  1\n\nc:\n  2\n\nd:\n  new"
        );
        assert_eq!(changed(open, &[1], &[]), "a:\n  1\n");
    }
}
