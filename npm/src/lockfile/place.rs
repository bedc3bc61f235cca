//! Where something stands in a file: as bytes while reading, as line and column for people.

use std::fmt;

/// A stretch of the file, in bytes. Files over 4 GiB are not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    pub start: u32,
    pub end: u32,
}

/// A value as it is written (escapes resolved, nothing else), and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub text: Box<str>,
    pub at: Spot,
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// The lines of a file, to turn a [`Spot`] into a [`Place`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<u32>,
    /// In long lines, how many characters stand before some bytes of it: a file of one line would else be counted from its
    /// beginning for each place.
    counts: Vec<(u32, u32)>,
}

/// Bytes of a line between two counts.
const STRIDE: usize = 4096;

impl Spot {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let bounded = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: bounded(start),
            end: bounded(end),
        }
    }
}

impl Text {
    pub(crate) fn new(text: &str, at: Spot) -> Self {
        Self {
            text: text.into(),
            at,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Place {
    /// Of one offset; for many, [`Lines`] is faster.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            line: number(before.bytes().filter(|byte| *byte == b'\n').count() + 1),
            column: number(before[start..].chars().count() + 1),
        }
    }
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = ends.map(|end| Spot::new(end + 1, 0).start);
        let starts: Vec<u32> = std::iter::once(0).chain(starts).collect();
        let mut counts = Vec::new();
        let nexts = starts.iter().skip(1).map(|next| *next as usize);
        for (start, end) in starts.iter().zip(nexts.chain([text.len()])) {
            let (mut at, mut count) = (*start as usize, 0);
            while at + STRIDE < end {
                let mut next = at + STRIDE;
                while !text.is_char_boundary(next) {
                    next += 1;
                }
                count += text[at..next].chars().count();
                counts.push((Spot::new(next, 0).start, Spot::new(count, 0).start));
                at = next;
            }
        }
        Self {
            text,
            starts,
            counts,
        }
    }

    /// Where the spot begins.
    pub fn place(&self, spot: Spot) -> Place {
        let line = self.index(spot.start);
        let start = self.starts[line];
        let counted = self.counts.partition_point(|(at, _)| *at <= spot.start);
        let counted = counted
            .checked_sub(1)
            .and_then(|index| self.counts.get(index));
        let (from, before) = match counted {
            Some((at, count)) if *at > start => (*at as usize, *count as usize),
            _ => (start as usize, 0),
        };
        let end = (spot.start as usize).clamp(from, self.text.len());
        let rest = self.text.get(from..end).unwrap_or_default();
        Place {
            line: Spot::new(line + 1, 0).start,
            column: Spot::new(before + rest.chars().count() + 1, 0).start,
        }
    }

    /// Where the spot ends: the column after its last character.
    pub fn end(&self, spot: Spot) -> Place {
        self.place(Spot {
            start: spot.end.max(spot.start),
            end: 0,
        })
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: u32) -> &'a str {
        let index = (line.max(1) - 1) as usize;
        let Some(start) = self.starts.get(index) else {
            return "";
        };
        let end = self
            .starts
            .get(index + 1)
            .map_or(self.text.len(), |next| *next as usize);
        let line = self.text.get(*start as usize..end).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }

    /// At most `most` characters of the spot's line round where it begins, and the column of the first of them.
    pub fn excerpt(&self, spot: Spot, most: usize) -> (u32, &'a str) {
        let place = self.place(spot);
        let line = self.line(place.line);
        if line.len() <= most {
            return (1, line);
        }
        let start = self.starts[self.index(spot.start)] as usize;
        let mut from = (spot.start as usize)
            .saturating_sub(start + most / 2)
            .min(line.len());
        while !line.is_char_boundary(from) {
            from -= 1;
        }
        let mut to = (from + most).min(line.len());
        while !line.is_char_boundary(to) {
            to -= 1;
        }
        let first = Spot::new(start + from, start + from);
        (self.place(first).column, &line[from..to])
    }

    /// The text of the spot.
    pub fn text(&self, spot: Spot) -> &'a str {
        let range = spot.start as usize..spot.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    fn index(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1) - 1
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_long_line_is_where_counting_would_find_it() {
        let line = "äb€d".repeat(5_000);
        let text = format!("first\n{line}\nlast");
        let lines = Lines::new(&text);
        for (offset, _) in text.char_indices().step_by(997) {
            let spot = Spot::new(offset, offset);
            assert_eq!(lines.place(spot), Place::of(&text, offset));
            let (column, excerpt) = lines.excerpt(spot, 100);
            let place = lines.place(spot);
            assert!(excerpt.len() <= 100 && column <= place.column);
            let own: Vec<char> = lines.line(place.line).chars().collect();
            assert!(own[column as usize - 1..].starts_with(&excerpt.chars().collect::<Vec<_>>()));
        }
    }
}
