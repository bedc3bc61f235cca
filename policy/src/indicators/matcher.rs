//! Searches bytes for all strings of all campaigns at once.
//!
//! Every pattern has at least [`SHORTEST`] bytes, so that wherever it stands, one of the windows of four bytes at every
//! [`STEP`]th place of the text lies within it. Only those are looked at: one bit says whether any pattern has such a window;
//! if so, the patterns that have it are compared. That reads a fifth of the places of a text, where an automaton takes a
//! step for each byte.

use super::Indicators;
use super::forms::{self, Form};

/// Bytes of the shortest pattern.
pub(super) const SHORTEST: usize = 8;

const WINDOW: usize = 4;
const STEP: usize = SHORTEST - WINDOW + 1;

/// Bits of the filter for each window that patterns have: few enough that it stays in the processor's second cache.
const BITS_PER_WINDOW: usize = 48;

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Literal,
    /// A host or an address: counts only where it is not a part of a longer one.
    Domain,
    Hint,
}

/// A string that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Of [`Indicators::campaigns`].
    pub campaign: u32,
    pub kind: Kind,
    /// Of the campaign's strings of this kind.
    pub index: u32,
    pub form: Form,
    /// Where it begins.
    pub offset: usize,
}

#[derive(Clone, Debug)]
struct Pattern {
    bytes: Box<[u8]>,
    campaign: u32,
    kind: Kind,
    index: u32,
    form: Form,
    /// Which piece of the string.
    piece: u8,
}

/// A window of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    bucket: u32,
    window: u32,
    pattern: u32,
    /// Where in the pattern.
    at: u32,
}

/// The search, made once for all files.
#[derive(Clone, Debug)]
pub struct Matcher {
    patterns: Vec<Pattern>,
    /// One bit for each value of the hash.
    filter: Vec<u64>,
    /// Bits that the hash is shifted by.
    shift: u32,
    /// Where the entries of each bucket begin; the last is the end of all.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    longest: usize,
}

impl Matcher {
    pub fn new(indicators: &Indicators) -> Self {
        let mut patterns = Vec::new();
        for (campaign, known) in indicators.campaigns().iter().enumerate() {
            let strings = [
                (Kind::Literal, &known.literals),
                (Kind::Domain, &known.domains),
                (Kind::Hint, &known.hints),
            ];
            for (kind, texts) in strings {
                for (index, text) in texts.iter().enumerate() {
                    let id = (number(campaign), kind, number(index));
                    add(&mut patterns, id, text.as_bytes());
                }
            }
        }
        let mut windows = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            for at in 0..STEP {
                if let Some(window) = window(&pattern.bytes, at) {
                    windows.push((window, number(index), number(at)));
                }
            }
        }
        let bits = (windows.len() * BITS_PER_WINDOW)
            .next_power_of_two()
            .clamp(1 << 12, 1 << 22);
        let shift = 32 - bits.trailing_zeros();
        let mut filter = vec![0_u64; bits / 64];
        let mut entries = Vec::with_capacity(windows.len());
        for (window, pattern, at) in windows {
            let bucket = hash(window, shift);
            if let Some(word) = filter.get_mut(bucket as usize / 64) {
                *word |= 1 << (bucket % 64);
            }
            entries.push(Entry {
                bucket,
                window,
                pattern,
                at,
            });
        }
        entries.sort_unstable();
        let mut starts = Vec::with_capacity(bits + 1);
        let mut next = 0;
        for bucket in 0..=bits {
            while entries
                .get(next)
                .is_some_and(|entry| (entry.bucket as usize) < bucket)
            {
                next += 1;
            }
            starts.push(number(next));
        }
        let longest = patterns.iter().map(|pattern| pattern.bytes.len()).max();
        Self {
            patterns,
            filter,
            shift,
            starts,
            entries,
            longest: longest.unwrap_or(0),
        }
    }

    /// Bytes of the longest pattern: parts of a file that are searched one after the other must overlap by one less.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The strings that occur, each once in each of its forms, at its first place; in the order of places.
    pub fn search(&self, text: &[u8]) -> Vec<Match> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(four) = text.get(at..at + WINDOW) {
            let window = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            let bucket = hash(window, self.shift);
            let word = self.filter[bucket as usize / 64];
            if word >> (bucket % 64) & 1 == 1 {
                self.compare(text, at, window, bucket, &mut found);
            }
            at += STEP;
        }
        match found.is_empty() {
            true => Vec::new(),
            false => self.settled(found),
        }
    }

    #[cold]
    fn compare(
        &self,
        text: &[u8],
        at: usize,
        window: u32,
        bucket: u32,
        found: &mut Vec<(u32, usize)>,
    ) {
        let bucket = bucket as usize;
        let (start, end) = (
            self.starts[bucket] as usize,
            self.starts[bucket + 1] as usize,
        );
        for entry in &self.entries[start..end] {
            if entry.window != window {
                continue;
            }
            let pattern = &self.patterns[entry.pattern as usize];
            let Some(begin) = at.checked_sub(entry.at as usize) else {
                continue;
            };
            let is_there = text.get(begin..begin + pattern.bytes.len()) == Some(&*pattern.bytes);
            if is_there
                && (pattern.kind != Kind::Domain
                    || pattern.form != Form::Plain
                    || stands_alone(text, begin, pattern.bytes.len()))
                && !found.iter().any(|(known, _)| *known == entry.pattern)
            {
                found.push((entry.pattern, begin));
            }
        }
    }

    /// Pieces count together, and only where the string does not stand as one.
    fn settled(&self, found: Vec<(u32, usize)>) -> Vec<Match> {
        let mut matches: Vec<Match> = Vec::new();
        let mut pieces: Vec<(Match, u8)> = Vec::new();
        for (pattern, offset) in found {
            let pattern = &self.patterns[pattern as usize];
            let one = Match {
                campaign: pattern.campaign,
                kind: pattern.kind,
                index: pattern.index,
                form: pattern.form,
                offset,
            };
            match pattern.form {
                Form::Pieces => pieces.push((one, pattern.piece)),
                _ => matches.push(one),
            }
        }
        pieces.sort_by_key(|(one, piece)| (one.campaign, one.kind, one.index, *piece));
        let same =
            |a: &Match, b: &Match| (a.campaign, a.kind, a.index) == (b.campaign, b.kind, b.index);
        for group in pieces.chunk_by(|(a, _), (b, _)| same(a, b)) {
            let Some((first, _)) = group.first() else {
                continue;
            };
            let is_of_it = |pattern: &&Pattern| {
                pattern.form == Form::Pieces
                    && (pattern.campaign, pattern.kind, pattern.index)
                        == (first.campaign, first.kind, first.index)
            };
            let needed = self.patterns.iter().filter(is_of_it).count();
            if group.len() == needed && !matches.iter().any(|one| same(one, first)) {
                matches.push(*first);
            }
        }
        matches.sort_by_key(|one| (one.offset, *one));
        // Base64 has several forms of one string.
        let mut kept: Vec<Match> = Vec::new();
        for one in matches {
            if !kept
                .iter()
                .any(|known| same(known, &one) && known.form == one.form)
            {
                kept.push(one);
            }
        }
        kept
    }
}

fn add(patterns: &mut Vec<Pattern>, (campaign, kind, index): (u32, Kind, u32), text: &[u8]) {
    let pattern = |form, piece, bytes: &[u8]| Pattern {
        bytes: bytes.into(),
        campaign,
        kind,
        index,
        form,
        piece,
    };
    for (form, bytes) in forms::forms(text) {
        if bytes.len() >= SHORTEST {
            patterns.push(pattern(form, 0, &bytes));
        }
    }
    for (piece, bytes) in forms::pieces(text).into_iter().enumerate() {
        let piece = u8::try_from(piece).unwrap_or(u8::MAX);
        patterns.push(pattern(Form::Pieces, piece, bytes));
    }
}

fn window(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + WINDOW)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}

/// Fibonacci hashing: the upper bits of a product.
fn hash(window: u32, shift: u32) -> u32 {
    window.wrapping_mul(0x9e37_79b1) >> shift
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether a host is no part of a longer one: `evil.example` in `cdn.evil.example` is, in `notevil.example` is not.
fn stands_alone(text: &[u8], begin: usize, length: usize) -> bool {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let before = text.get(..begin).unwrap_or_default();
    let after = text.get(begin + length);
    let goes_on = match (after, text.get(begin + length + 1)) {
        (Some(b'.'), Some(next)) => joins(next),
        (Some(after), _) => joins(after),
        (None, _) => false,
    };
    let is_address = text[begin..begin + length]
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let begins_earlier = match before {
        [.., b'.'] => is_address,
        [.., byte] => joins(byte) && !ends_with_escape(before),
        [] => false,
    };
    !begins_earlier && !goes_on
}

/// Whether the last letters are one character that was written with them: `\n`, `%2F`, `\x2f`, `\u002f`.
fn ends_with_escape(text: &[u8]) -> bool {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match text {
        [.., b'\\', _] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => is_hex(&[*a, *b]),
        [.., b'\\', b'u', a, b, c, d] => is_hex(&[*a, *b, *c, *d]),
        _ => false,
    }
}
