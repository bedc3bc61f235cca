//! How deep a parser would have to go, counted before it does: parsers that descend die of depth.

/// Beyond it the exact depth is of no interest.
const ENOUGH: usize = 100_000;

/// The deepest nesting of brackets in a script, or of operators that nest without brackets (`a => b => …`, `!!!…`,
/// `a ? b : c ? …`). Strings, comments and regular expressions are skipped as far as that can be told without parsing;
/// so that nobody hides depth in what looks like a string, the plain count of all brackets stands beside it, and the
/// larger of both is given. The deepest bracket nesting seen in real code is 341, by the plain count.
pub fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    plain(bytes).max(Reader::new(bytes).read())
}

/// Counted by pieces: only one in which a new depth may be reached, or more is closed than open, is looked at byte by byte.
fn plain(bytes: &[u8]) -> usize {
    const PIECE: usize = 64;
    let mut depth = 0_i32;
    let mut deepest = 0;
    for piece in bytes.chunks(PIECE) {
        let opened = i32::from(count(piece, b'(', b'[', b'{'));
        let closed = i32::from(count(piece, b')', b']', b'}'));
        if depth >= closed && depth + opened <= deepest {
            depth += opened - closed;
            continue;
        }
        for byte in piece {
            depth = (depth + i32::from(STEPS[*byte as usize])).max(0);
            deepest = deepest.max(depth);
        }
    }
    deepest.unsigned_abs() as usize
}

/// How often one of three bytes is in a piece of less than 256; a loop that compilers turn into a few instructions.
fn count(piece: &[u8], one: u8, two: u8, three: u8) -> u8 {
    piece.iter().fold(0, |sum, byte| {
        sum + u8::from(*byte == one) + u8::from(*byte == two) + u8::from(*byte == three)
    })
}

const STEPS: [i8; 256] = {
    let mut steps = [0; 256];
    steps[b'(' as usize] = 1;
    steps[b'[' as usize] = 1;
    steps[b'{' as usize] = 1;
    steps[b')' as usize] = -1;
    steps[b']' as usize] = -1;
    steps[b'}' as usize] = -1;
    steps
};

/// Bytes at which [`Reader`] stops.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"()[]{};,!~=?+-'\"`/";
    let mut at = 0;
    while at < bytes.len() {
        stops[bytes[at] as usize] = true;
        at += 1;
    }
    stops
};

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Open brackets; `$` for the one in a template literal.
    open: Vec<u8>,
    chain: usize,
    deepest: usize,
    /// Up to here no string of this quote ends: `'`, `"`.
    unended: [usize; 2],
}

impl<'t> Reader<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open: Vec::new(),
            chain: 0,
            deepest: 0,
            unended: [0; 2],
        }
    }

    fn read(mut self) -> usize {
        while let Some(skipped) = self.bytes[self.at.min(self.bytes.len())..]
            .iter()
            .position(|byte| STOPS[*byte as usize])
        {
            self.at += skipped;
            let byte = self.bytes[self.at];
            self.at += 1;
            match byte {
                b'(' | b'[' | b'{' => self.push(byte),
                b')' | b']' => self.pop(),
                b'}' => {
                    self.chain = 0;
                    if self.open.last() == Some(&b'$') {
                        self.open.pop();
                        self.template();
                    } else {
                        self.pop();
                    }
                }
                b';' | b',' => self.chain = 0,
                b'!' | b'~' | b'=' | b'?' | b'+' | b'-' => self.operator(byte),
                b'\'' | b'"' => self.string(byte),
                b'`' => self.template(),
                b'/' => self.slash(),
                _ => {}
            }
            if self.deepest > ENOUGH {
                break;
            }
        }
        self.deepest
    }

    fn push(&mut self, bracket: u8) {
        self.open.push(bracket);
        self.deepest = self.deepest.max(self.open.len());
    }

    /// Whatever bracket it closes: a wrong guess must not add up.
    fn pop(&mut self) {
        if self.open.last() != Some(&b'$') {
            self.open.pop();
        }
    }

    fn operator(&mut self, byte: u8) {
        let next = self.bytes.get(self.at).copied();
        let nests = match byte {
            b'=' => {
                next != Some(b'=') && !matches!(self.previous(1), Some(b'=' | b'!' | b'<' | b'>'))
            }
            b'?' => !matches!(next, Some(b'?' | b'.')) && self.previous(1) != Some(b'?'),
            b'!' => next != Some(b'='),
            b'+' | b'-' => matches!(self.significant(), Some(b'+' | b'-' | b'!' | b'~')),
            _ => true,
        };
        if nests {
            self.chain += 1;
            self.deepest = self.deepest.max(self.chain);
        }
    }

    /// The byte `back` before the current one.
    fn previous(&self, back: usize) -> Option<u8> {
        self.at
            .checked_sub(1 + back)
            .and_then(|at| self.bytes.get(at))
            .copied()
    }

    /// The last byte before the current one that is no blank.
    fn significant(&self) -> Option<u8> {
        self.bytes[..self.at - 1]
            .iter()
            .rev()
            .copied()
            .find(|byte| !byte.is_ascii_whitespace())
    }

    /// A quote without its second in the line is an apostrophe in a regular expression or in JSX.
    fn string(&mut self, quote: u8) {
        let unended = &mut self.unended[usize::from(quote == b'"')];
        if self.at <= *unended {
            return;
        }
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'\n' => break,
                _ if byte == quote => {
                    self.at = at;
                    return;
                }
                _ => {}
            }
        }
        *unended = at;
    }

    fn template(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    self.push(b'$');
                    return;
                }
                _ => {}
            }
        }
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at) {
            Some(b'/') => {
                let rest = &self.bytes[self.at..];
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            Some(b'*') => {
                let rest = &self.bytes[self.at + 1..];
                let end = memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
                self.at += 1 + end;
            }
            _ if self.may_be_pattern() => self.pattern(),
            _ => {}
        }
    }

    /// Behind a value, a slash divides.
    fn may_be_pattern(&self) -> bool {
        const KEYWORDS: &[&[u8]] = &[
            b"return",
            b"typeof",
            b"case",
            b"in",
            b"of",
            b"delete",
            b"void",
            b"throw",
            b"new",
            b"else",
            b"do",
            b"yield",
            b"await",
            b"instanceof",
        ];
        let before = self.bytes[..self.at - 1].trim_ascii_end();
        match before.last() {
            None => true,
            Some(b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'/') => false,
            Some(byte) if is_name(*byte) => {
                // No keyword is longer, so no more is looked at.
                let tail = &before[before.len().saturating_sub(11)..];
                let start = tail
                    .iter()
                    .rposition(|byte| !is_name(*byte))
                    .map_or(0, |at| at + 1);
                KEYWORDS.contains(&&tail[start..])
            }
            Some(_) => true,
        }
    }

    /// Goes behind the pattern, or stays if it does not end in its line.
    fn pattern(&mut self) {
        let mut at = self.at;
        let mut class = false;
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'\n' => return,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.at = at;
                    return;
                }
                _ => {}
            }
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The depth that counting every byte gives.
    fn one_by_one(bytes: &[u8]) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for byte in bytes {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    #[test]
    fn pieces_count_as_every_byte_does() {
        let mut seed = 7_u32;
        for opening in [2, 3, 4, 5] {
            let bytes: Vec<u8> = (0..20_000)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    match seed >> 28 {
                        n if n < opening => b"([{"[n as usize % 3],
                        n if n < 7 => b")]}"[n as usize % 3],
                        _ => b'a',
                    }
                })
                .collect();
            for length in [0, 1, 63, 64, 65, 1_000, bytes.len()] {
                assert_eq!(plain(&bytes[..length]), one_by_one(&bytes[..length]));
            }
        }
    }
}
