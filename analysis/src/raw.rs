//! What a text gives away before anybody parses it: parsers drop exactly what is meant not to be seen.

mod image;
mod nesting;
#[cfg(test)]
mod tests;

pub use image::{Hidden, hidden_in_image};
pub use nesting::nesting;

use crate::facts::Span;

/// Blanks in a row behind which a reader does not look: no screen is as wide, no page as high.
pub const PADDING: usize = 150;
/// Invisible characters in a row that no emoji, flag or script of the world needs.
pub const INVISIBLE_RUN: usize = 8;
/// Places that are kept of each sort.
const PLACES: usize = 64;

/// Facts of one text. Offsets are bytes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    pub lines: u32,
    /// In bytes.
    pub longest_line: u32,
    /// Bytes in lines of 500 and more.
    pub long_bytes: u32,
    /// Runs of at least [`INVISIBLE_RUN`] characters that show nothing.
    pub invisible: Vec<Run>,
    /// All characters that show nothing, also single ones.
    pub invisible_characters: u32,
    /// Controls that change the direction of what follows: what is read is not what runs.
    pub bidi: Vec<u32>,
    /// Something behind at least [`PADDING`] blanks in its line, or as many empty lines.
    pub padded: Vec<Padded>,
    pub nul: Option<u32>,
}

/// Invisible characters in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub span: Span,
    pub characters: u32,
    /// Of them, variation selectors and tags: the ones that can spell bytes.
    pub selectors: u32,
}

/// Something behind blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padded {
    /// From the first byte behind the blanks to the end of its line.
    pub span: Span,
    /// How many blanks, or empty lines.
    pub width: u32,
    pub vertical: bool,
}

/// Reads a text once, at the speed of memory where it is ASCII.
pub fn of(text: &str) -> Raw {
    let mut raw = Raw {
        nul: memchr::memchr(0, text.as_bytes()).map(offset),
        ..Raw::default()
    };
    lines(text, &mut raw);
    if !text.is_ascii() {
        characters(text, &mut raw);
    }
    raw
}

fn lines(text: &str, raw: &mut Raw) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut empty = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        let line = &bytes[start..end];
        let indent = line
            .iter()
            .take(PADDING)
            .position(|byte| !byte.is_ascii_whitespace());
        raw.lines += 1;
        raw.longest_line = raw.longest_line.max(offset(line.len()));
        if line.len() >= 500 {
            raw.long_bytes += offset(line.len());
        }
        match indent {
            None if line.len() < PADDING => empty += 1,
            _ => {
                if empty >= PADDING {
                    let first = start + indent.unwrap_or(0);
                    keep(
                        &mut raw.padded,
                        Padded {
                            span: span(first, end),
                            width: offset(empty),
                            vertical: true,
                        },
                    );
                }
                empty = 0;
            }
        }
        if line.len() > PADDING {
            padding(text, start, end, &mut raw.padded);
        }
        start = end + 1;
    }
}

/// Any row of [`PADDING`] blanks has one at a multiple of a smaller step, so the bytes between are not looked at.
fn padding(text: &str, start: usize, end: usize, found: &mut Vec<Padded>) {
    const STEP: usize = 128;
    let bytes = text.as_bytes();
    let mut at = start + STEP;
    while at < end {
        let probe = text.floor_char_boundary(at);
        if !is_blank_at(bytes, probe) {
            at += STEP;
            continue;
        }
        let line = &text[start..end];
        let (before, after) = line.split_at(probe - start);
        let left = before.chars().rev().take_while(|c| is_blank(*c)).count();
        let right = after.chars().take_while(|c| is_blank(*c));
        let (count, bytes_right) = right.fold((0, 0), |(n, len), c| (n + 1, len + c.len_utf8()));
        let behind = probe + bytes_right;
        if left + count >= PADDING && behind < end {
            keep(
                found,
                Padded {
                    span: span(behind, end),
                    width: offset(left + count),
                    vertical: false,
                },
            );
        }
        at = behind.max(at) + STEP;
    }
}

fn is_blank_at(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b' ' | b'\t' | 0x0b | 0x0c => true,
        // Leads of the blanks beyond ASCII; exactly which is decided when the row is measured.
        0xc2 | 0xe1 | 0xe2 | 0xe3 => true,
        _ => false,
    }
}

/// Blanks of JavaScript that do not end a line.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

fn characters(text: &str, raw: &mut Raw) {
    let bytes = text.as_bytes();
    let mut run = Run {
        span: Span::default(),
        characters: 0,
        selectors: 0,
    };
    let mut at = 0;
    while let Some(next) = first_not_ascii(&bytes[at..]).map(|next| at + next) {
        let Some(c) = text[next..].chars().next() else {
            break;
        };
        at = next + c.len_utf8();
        if is_bidi(c) {
            keep(&mut raw.bidi, offset(next));
        }
        if !is_invisible(c) {
            continue;
        }
        // A mark of byte order at the very beginning is the editor's.
        if next == 0 && c == '\u{feff}' {
            continue;
        }
        raw.invisible_characters += 1;
        if run.span.end != offset(next) {
            finish(&mut run, &mut raw.invisible);
            run.span.start = offset(next);
        }
        run.span.end = offset(at);
        run.characters += 1;
        run.selectors += u32::from(is_selector(c));
    }
    finish(&mut run, &mut raw.invisible);
}

fn finish(run: &mut Run, runs: &mut Vec<Run>) {
    if run.characters as usize >= INVISIBLE_RUN {
        keep(runs, *run);
    }
    run.characters = 0;
    run.selectors = 0;
}

/// Eight bytes at a time.
fn first_not_ascii(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let high = u64::from_le_bytes(*word) & 0x8080_8080_8080_8080;
        if high != 0 {
            return Some(index * 8 + high.trailing_zeros() as usize / 8);
        }
    }
    let done = words.len() * 8;
    rest.iter()
        .position(|byte| !byte.is_ascii())
        .map(|index| done + index)
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Can spell any byte: 256 variation selectors, 128 tags.
pub fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{e0000}'..='\u{e007f}')
}

/// Shows nothing and takes no room.
pub fn is_invisible(c: char) -> bool {
    is_selector(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}')
}

/// Shannon's entropy in bits for each byte: prose about 4.2, base64 of anything packed about 6.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[byte as usize] += 1;
    }
    let all = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|share| -share * share.log2())
        .sum()
}

/// How bytes were written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
    /// Base85 and its like, or no known alphabet, but nothing that people write.
    Dense,
}

/// Whether a text of some length is an encoding of bytes rather than anything written, and which. Low entropy is a
/// table or a repetition.
pub fn encoding(text: &str) -> Option<Encoding> {
    const SAMPLE: usize = 16 << 10;
    let sample = &text.as_bytes()[..text.len().min(SAMPLE)];
    let mut letters = 0_usize;
    let mut digits = 0_usize;
    let mut hex = 0_usize;
    let mut base64 = 0_usize;
    let mut blanks = 0_usize;
    for byte in sample {
        letters += usize::from(byte.is_ascii_alphabetic());
        digits += usize::from(byte.is_ascii_digit());
        hex += usize::from(byte.is_ascii_hexdigit());
        base64 += usize::from(byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte));
        blanks += usize::from(byte.is_ascii_whitespace());
    }
    // Encodings are broken into lines, not into words.
    if blanks * 40 > sample.len() || !text.is_ascii() && sample.iter().any(|b| !b.is_ascii()) {
        return None;
    }
    let written = sample.len() - blanks;
    let entropy = entropy(sample);
    if hex == written && digits * 4 > written && entropy > 3.0 {
        Some(Encoding::Hex)
    } else if base64 == written && digits * 50 > written && letters * 2 > written && entropy > 5.0 {
        Some(Encoding::Base64)
    } else if blanks * 200 <= sample.len() && entropy > 5.9 {
        Some(Encoding::Dense)
    } else {
        None
    }
}

fn keep<T>(kept: &mut Vec<T>, place: T) {
    if kept.len() < PLACES {
        kept.push(place);
    }
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: offset(start),
        end: offset(end),
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
