//! Lines of an exact length, without looking at every byte: a line of a length has no end of line within it, so the text is
//! searched backwards from where such a line would end, and all that stands before the first end of line is passed over.

/// The lines of exactly `length` bytes, with their places. `is_first` and `is_last` say whether the text begins and ends where
/// its file does: elsewhere a line needs its end on both sides. An end is `\n` or `\r\n`.
pub(super) fn of_length(
    text: &[u8],
    length: usize,
    is_first: bool,
    is_last: bool,
) -> Vec<(usize, &[u8])> {
    let mut found = Vec::new();
    let mut start = match is_first {
        true => 0,
        false => match end_of_line(text, 0) {
            Some(end) => end + 1,
            None => return found,
        },
    };
    while let Some(line) = text.get(start..start + length) {
        if let Some(last) = memchr::memrchr(b'\n', line) {
            start += last + 1;
            continue;
        }
        let after = text.get(start + length..).unwrap_or_default();
        let ends = match after {
            [] => is_last,
            [b'\n', ..] => !line.ends_with(b"\r"),
            [b'\r', b'\n', ..] => true,
            _ => false,
        };
        if ends {
            found.push((start, line));
        }
        match end_of_line(text, start + length) {
            Some(end) => start = end + 1,
            None => break,
        }
    }
    found
}

fn end_of_line(text: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\n', text.get(from..)?).map(|at| from + at)
}
