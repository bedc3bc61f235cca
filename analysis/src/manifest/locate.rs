//! Where in a JSON text a member stands. The text was parsed before; here only places are sought, so a text that is
//! not JSON gives some place or none, and never an error.

use std::collections::BTreeMap;

use crate::facts::Span;

/// Deeper than the JSON parser goes.
const DEPTH_LIMIT: u32 = 200;

/// The key and value of a member; the last one where a key is written twice, as it is the one that counts.
pub(super) fn member(text: &str, path: &[&str]) -> Option<Span> {
    let mut scanner = Scanner {
        text: text.as_bytes(),
        at: 0,
    };
    if text.starts_with('\u{feff}') {
        scanner.at = 3;
    }
    scanner.find(path)
}

/// The lines, from 1, of the keys of a table, in one pass.
pub(super) fn lines(text: &str, table: &str) -> BTreeMap<String, u32> {
    let mut lines = BTreeMap::new();
    let Some(span) = member(text, &[table]) else {
        return lines;
    };
    let mut scanner = Scanner {
        text: text.as_bytes(),
        at: span.start as usize,
    };
    // Over the key and the colon, into the table.
    let opened =
        scanner.string().is_some() && scanner.next() == Some(b':') && scanner.next() == Some(b'{');
    let mut counted = 0;
    let mut line = 1;
    if !opened {
        return lines;
    }
    loop {
        match scanner.peek() {
            Some(b',') => scanner.at += 1,
            Some(b'"') => {
                let before = &scanner.text[counted..scanner.at];
                line += before.iter().filter(|&&byte| byte == b'\n').count();
                counted = scanner.at;
                let Some(key) = scanner.string() else { break };
                lines.insert(key, u32::try_from(line).unwrap_or(u32::MAX));
                if scanner.next() != Some(b':') || scanner.skip(0).is_none() {
                    break;
                }
            }
            _ => break,
        }
    }
    lines
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Scanner<'t> {
    /// From the beginning of a value: the member of this path in it.
    fn find(&mut self, path: &[&str]) -> Option<Span> {
        let (wanted, rest) = path.split_first()?;
        let open = self.next()?;
        if open != b'{' && open != b'[' {
            return None;
        }
        let mut found = None;
        let mut index = 0_usize;
        loop {
            match self.peek()? {
                b'}' | b']' => return found,
                b',' => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            self.space();
            let start = self.at;
            let key = if open == b'{' {
                let key = self.string()?;
                if self.next()? != b':' {
                    return found;
                }
                key
            } else {
                index += 1;
                (index - 1).to_string()
            };
            self.space();
            let value = self.at;
            self.skip(0)?;
            if key == *wanted {
                found = if rest.is_empty() {
                    Some(Span {
                        start: u32::try_from(start).ok()?,
                        end: u32::try_from(self.at).ok()?,
                    })
                } else {
                    Scanner {
                        text: self.text,
                        at: value,
                    }
                    .find(rest)
                };
            }
        }
    }

    fn skip(&mut self, depth: u32) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            open @ (b'{' | b'[') => {
                if depth == DEPTH_LIMIT {
                    return None;
                }
                self.at += 1;
                loop {
                    match self.peek()? {
                        b'}' | b']' => {
                            self.at += 1;
                            return Some(());
                        }
                        b',' => self.at += 1,
                        _ => {
                            if open == b'{' {
                                self.string()?;
                                if self.next()? != b':' {
                                    return None;
                                }
                            }
                            self.skip(depth + 1)?;
                        }
                    }
                }
            }
            _ => {
                let start = self.at;
                while self
                    .text
                    .get(self.at)
                    .is_some_and(|byte| !b",}] \t\r\n".contains(byte))
                {
                    self.at += 1;
                }
                (self.at > start).then_some(())
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        if self.next()? != b'"' {
            return None;
        }
        let start = self.at - 1;
        loop {
            match self.text.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}
