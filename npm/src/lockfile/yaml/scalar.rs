//! Values on one line: quoted and plain texts, lists and mappings in brackets.

use std::borrow::Cow;

use super::super::error::{Fault, LockfileError};
use super::super::node::{Field, Node, Value, duplicate};
use super::super::place::Spot;
use super::DEPTH_LIMIT;

/// A stretch of one line.
pub(super) struct Flow<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
}

/// What begins something that is not read here, or nothing at all.
const RESERVED: &[u8] = b"&*!|>%@`#,]}";

impl<'a> Flow<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn space(&mut self) {
        self.at = self.end - self.rest().trim_start_matches(' ').len();
    }

    fn wrong(&self, message: &str) -> LockfileError {
        LockfileError::form(self.text, self.at, message)
    }

    /// Nothing but a comment may follow.
    pub(super) fn finish(mut self) -> Result<(), LockfileError> {
        let had = self.at;
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(b'#') if self.at > had => Ok(()),
            Some(_) => Err(self.wrong("something stands after the value")),
        }
    }

    /// Inside brackets, a plain text ends at a comma or bracket.
    pub(super) fn value(&mut self, inside: bool) -> Result<Node<'a>, LockfileError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.double_quoted()?),
            Some(b'\'') => Value::Text(self.single_quoted()?),
            Some(b'{') => self.nested(Self::mapping)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(byte) if RESERVED.contains(&byte) => {
                return Err(self.wrong("a part of YAML that no lockfile needs"));
            }
            Some(b'-' | b'?' | b':')
                if self.rest()[1..].starts_with(' ') || self.rest().len() == 1 =>
            {
                return Err(self.wrong("a value should stand here"));
            }
            Some(_) => self.plain(inside),
            None => return Err(self.wrong("a value should stand here")),
        };
        Ok(Node {
            at: Spot::new(start, self.at),
            value,
        })
    }

    fn plain(&mut self, inside: bool) -> Value<'a> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let ends = |at: &usize| match bytes[*at] {
            b'#' => *at > 0 && bytes[at - 1] == b' ',
            b',' | b']' | b'}' | b'[' | b'{' => inside,
            b':' => inside && matches!(bytes.get(at + 1), None | Some(b' ' | b',' | b'}' | b']')),
            _ => false,
        };
        let length = (0..bytes.len()).find(ends).unwrap_or(bytes.len());
        let text = rest[..length].trim_end();
        self.at += text.len();
        match text {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            "null" | "~" => Value::Null,
            text => Value::Text(Cow::Borrowed(text)),
        }
    }

    fn single_quoted(&mut self) -> Result<Cow<'a, str>, LockfileError> {
        let rest = self.rest();
        let end = quoted_end(rest, b'\'')
            .ok_or_else(|| self.wrong("a text that does not end on its line"))?;
        let inner = &rest[1..end - 1];
        self.at += end;
        Ok(match inner.contains("''") {
            true => Cow::Owned(inner.replace("''", "'")),
            false => Cow::Borrowed(inner),
        })
    }

    fn double_quoted(&mut self) -> Result<Cow<'a, str>, LockfileError> {
        let rest = self.rest();
        let end = quoted_end(rest, b'"')
            .ok_or_else(|| self.wrong("a text that does not end on its line"))?;
        let inner = &rest[1..end - 1];
        if !inner.contains('\\') {
            self.at += end;
            return Ok(Cow::Borrowed(inner));
        }
        let mut text = String::with_capacity(inner.len());
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            if character != '\\' {
                text.push(character);
                continue;
            }
            let escaped = match characters.next() {
                Some('"') => Some('"'),
                Some('\\') => Some('\\'),
                Some('/') => Some('/'),
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                Some('b') => Some('\u{8}'),
                Some('f') => Some('\u{c}'),
                Some('e') => Some('\u{1b}'),
                Some('0') => Some('\0'),
                Some('x') => code(&mut characters, 2),
                Some('u') => code(&mut characters, 4),
                Some('U') => code(&mut characters, 8),
                _ => None,
            };
            text.push(escaped.ok_or_else(|| self.wrong("an escape that is not known here"))?);
        }
        self.at += end;
        Ok(Cow::Owned(text))
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'a>, LockfileError>,
    ) -> Result<Value<'a>, LockfileError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            let fault = Fault::TooDeep(DEPTH_LIMIT);
            return Err(LockfileError::at(self.text, self.at, fault));
        }
        self.at += 1;
        self.space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value<'a>, LockfileError> {
        let mut items = Vec::new();
        while self.peek() != Some(b']') {
            items.push(self.value(true)?);
            self.next(b']')?;
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn mapping(&mut self) -> Result<Value<'a>, LockfileError> {
        let mut fields: Vec<Field<'a>> = Vec::new();
        while self.peek() != Some(b'}') {
            let start = self.at;
            let node = self.value(true)?;
            let key = match node.value {
                Value::Text(key) => key,
                Value::Null | Value::Boolean(_) => Cow::Borrowed(&self.text[start..self.at]),
                _ => return Err(self.wrong("a key should be a text")),
            };
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("a colon should stand here"));
            }
            self.at += 1;
            self.space();
            let node_at = node.at;
            let node = match self.peek() {
                Some(b',' | b'}') => Node {
                    at: Spot::new(self.at, self.at),
                    value: Value::Null,
                },
                _ => self.value(true)?,
            };
            fields.push(Field {
                key,
                at: node_at,
                node,
            });
            self.next(b'}')?;
        }
        if let Some(field) = duplicate(&fields) {
            let offset = field.at.start as usize;
            return Err(LockfileError::duplicate(self.text, offset, &field.key));
        }
        self.at += 1;
        Ok(Value::Object(fields))
    }

    /// To the next member, or to the end.
    fn next(&mut self, end: u8) -> Result<(), LockfileError> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(())
            }
            Some(byte) if byte == end => Ok(()),
            Some(_) => Err(self.wrong("a comma or the end should stand here")),
            None => Err(self.wrong("brackets that do not end on their line")),
        }
    }
}

fn code(characters: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + characters.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

/// The bytes from a quote to the one that ends it, both included.
pub(super) fn quoted_end(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => {
                if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
                    at += 2;
                } else {
                    return Some(at + 1);
                }
            }
            _ => at += 1,
        }
    }
    None
}
