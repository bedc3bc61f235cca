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
}

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
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = ends.map(|(end, _)| Spot::new(end + 1, 0).start);
        Self {
            text,
            starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// Where the spot begins.
    pub fn place(&self, spot: Spot) -> Place {
        let line = self.index(spot.start);
        let start = self.starts[line] as usize;
        let end = (spot.start as usize).clamp(start, self.text.len());
        let before = self.text.get(start..end).unwrap_or_default();
        Place {
            line: Spot::new(line + 1, 0).start,
            column: Spot::new(before.chars().count() + 1, 0).start,
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
