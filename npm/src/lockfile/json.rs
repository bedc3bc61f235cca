//! JSON in which every value knows its place, and bun's JSON: comments and commas at the end of lists.
//!
//! Own code, because what lockfiles need is what libraries leave out: places of keys and values, keys that are there twice
//! as errors, bounds, and no second pass per level. What it accepts is compared with serde_json in its tests.

use std::borrow::Cow;

use super::error::{Fault, LockfileError};
use super::node::{Field, Node, Value, duplicate};
use super::place::Spot;

/// Deepest nesting. The oldest lockfiles nest two levels for each level of `node_modules`.
pub const DEPTH_LIMIT: usize = 200;

/// Which JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 8259.
    Strict,
    /// With comments, and a comma before the end of a list or object.
    Comments,
}

/// Reads a document. Offsets are those of `text`; a byte order mark is passed over.
pub fn parse(text: &str, dialect: Dialect) -> Result<Node<'_>, LockfileError> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        dialect,
        depth: 0,
    };
    reader.space()?;
    if reader.at == reader.bytes.len() {
        return Err(LockfileError::at(text, reader.at, Fault::Empty));
    }
    let node = reader.value()?;
    reader.space()?;
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.wrong("something stands after the end of the document")),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn wrong(&self, message: &str) -> LockfileError {
        LockfileError::form(self.text, self.at, message)
    }

    fn space(&mut self) -> Result<(), LockfileError> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if self.dialect == Dialect::Comments => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), LockfileError> {
        let rest = &self.text[self.at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").filter(|end| *end >= 2);
            end.ok_or_else(|| self.wrong("a comment does not end"))? + 2
        } else {
            return Err(self.wrong("a lone slash"));
        };
        self.at += length;
        Ok(())
    }

    fn value(&mut self) -> Result<Node<'a>, LockfileError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.string()?),
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Boolean(true))?,
            Some(b'f') => self.word("false", Value::Boolean(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(_) => return Err(self.wrong("this is not JSON: a value should stand here")),
            None => return Err(self.wrong("the file ends in the middle")),
        };
        Ok(Node {
            at: Spot::new(start, self.at),
            value,
        })
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
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value<'a>, LockfileError> {
        let mut fields: Vec<Field<'a>> = Vec::new();
        self.space()?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(fields));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key should stand here"));
            }
            let key = self.string()?;
            let at = Spot::new(start, self.at);
            self.space()?;
            if self.peek() != Some(b':') {
                return Err(self.wrong("a colon should stand here"));
            }
            self.at += 1;
            self.space()?;
            let node = self.value()?;
            fields.push(Field { key, at, node });
            if self.ends(b'}')? {
                break;
            }
        }
        match duplicate(&fields) {
            Some(field) => Err(LockfileError::duplicate(
                self.text,
                field.at.start as usize,
                &field.key,
            )),
            None => Ok(Value::Object(fields)),
        }
    }

    fn list(&mut self) -> Result<Value<'a>, LockfileError> {
        let mut items = Vec::new();
        self.space()?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']')? {
                return Ok(Value::List(items));
            }
        }
    }

    /// After a member: whether that was the last.
    fn ends(&mut self, end: u8) -> Result<bool, LockfileError> {
        self.space()?;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space()?;
                if self.dialect == Dialect::Comments && self.peek() == Some(end) {
                    self.at += 1;
                    return Ok(true);
                }
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => Err(self.wrong("a comma or the end should stand here")),
            None => Err(self.wrong("the file ends in the middle")),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, LockfileError> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.wrong("this is not JSON: a value should stand here"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<&'a str, LockfileError> {
        let start = self.at;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let rest = &self.bytes[start..];
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        let number = &self.text[start..start + length];
        if !is_number(number.as_bytes()) {
            return Err(self.wrong("this is not a number of JSON"));
        }
        self.at += length;
        Ok(number)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, LockfileError> {
        self.at += 1;
        let start = self.at;
        let rest = &self.bytes[start..];
        let stop = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        match stop.map(|stop| (start + stop, rest[stop])) {
            Some((end, b'"')) => {
                self.at = end + 1;
                Ok(Cow::Borrowed(&self.text[start..end]))
            }
            Some((end, b'\\')) => {
                let mut text = self.text[start..end].to_owned();
                self.at = end;
                self.escaped(&mut text)?;
                Ok(Cow::Owned(text))
            }
            Some((end, _)) => {
                self.at = end;
                Err(self.wrong("a control character in a text"))
            }
            None => Err(self.wrong("a text does not end")),
        }
    }

    /// The rest of a string from its first escape on.
    fn escaped(&mut self, text: &mut String) -> Result<(), LockfileError> {
        loop {
            let start = self.at;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(0..0x20) => return Err(self.wrong("a control character in a text")),
                Some(_) => {
                    let rest = &self.bytes[start..];
                    let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
                    let length = rest.iter().position(stop).unwrap_or(rest.len());
                    self.at += length;
                    text.push_str(&self.text[start..self.at]);
                }
                None => return Err(self.wrong("a text does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, LockfileError> {
        let simple = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("an escape that JSON does not have")),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char, LockfileError> {
        let first = self.unit()?;
        let code = match first {
            0xd800..=0xdbff if self.bytes[self.at..].starts_with(b"\\u") => {
                let second = self.unit()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.wrong("half a pair of surrogates"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.wrong("half a pair of surrogates"))
    }

    fn unit(&mut self) -> Result<u32, LockfileError> {
        let digits = self.bytes.get(self.at + 2..self.at + 6);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let text = digits.and_then(|digits| str::from_utf8(digits).ok());
        let unit = text.and_then(|text| u32::from_str_radix(text, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("an escape without its four digits"))?;
        self.at += 6;
        Ok(unit)
    }
}

/// The grammar of RFC 8259.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', rest @ ..] => rest,
            rest => rest,
        };
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests;
