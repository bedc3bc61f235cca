//! The part of YAML that pnpm and yarn write: block mappings and lists, flow collections on one line, quoted and plain texts
//! on one line, block texts, long keys after `?`, several documents. Everything else (anchors, aliases, tags, directives,
//! tabs, texts over several lines) is an error with its place, never a guess.
//!
//! Own code, because readers of all of YAML either take the last of two equal keys, or lose places, or both; and what an
//! attacker could hide in the rest of YAML is not worth reading.

mod scalar;

use std::borrow::Cow;

use super::error::{Fault, LockfileError, shown};
use super::node::{Field, Node, Value, duplicate};
use super::place::Spot;

/// Deepest nesting. pnpm needs six levels.
pub const DEPTH_LIMIT: usize = 60;

/// Documents in one file. pnpm writes two at most.
const DOCUMENTS_LIMIT: usize = 16;

/// Reads the documents of a file; empty ones are left out. Offsets are those of `text`.
pub fn parse(text: &str) -> Result<Vec<Node<'_>>, LockfileError> {
    let mut documents = Vec::new();
    let mut reader = Reader {
        text,
        lines: lines(text),
        at: 0,
        depth: 0,
    };
    loop {
        reader.skip_blank()?;
        while reader.is_separator() {
            reader.at += 1;
            reader.skip_blank()?;
        }
        let Some(line) = reader.line() else {
            break;
        };
        if documents.len() == DOCUMENTS_LIMIT {
            return Err(reader.fault(line.start, Fault::TooMany(DOCUMENTS_LIMIT)));
        }
        documents.push(reader.block(line.indent)?);
        reader.skip_blank()?;
        if let Some(line) = reader.line()
            && !reader.is_separator()
        {
            return Err(reader.wrong(line.start, "this line is indented less than its neighbours"));
        }
    }
    match documents.is_empty() {
        true => Err(LockfileError::at(text, 0, Fault::Empty)),
        false => Ok(documents),
    }
}

/// A line from its first character that is no space.
#[derive(Clone, Copy)]
struct Line {
    /// Columns before `start`.
    indent: usize,
    start: usize,
    /// Without the line break.
    end: usize,
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < text.len() {
        let next = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let end = match text[at..next].strip_suffix('\r') {
            Some(line) => at + line.len(),
            None => next,
        };
        let indent = text[at..end]
            .bytes()
            .take_while(|byte| *byte == b' ')
            .count();
        lines.push(Line {
            indent,
            start: at + indent,
            end,
        });
        at = next + 1;
    }
    lines
}

struct Reader<'a> {
    text: &'a str,
    lines: Vec<Line>,
    /// The next line to read.
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<Line> {
        self.lines.get(self.at).copied()
    }

    fn rest(&self, line: Line) -> &'a str {
        &self.text[line.start..line.end]
    }

    fn wrong(&self, offset: usize, message: impl Into<String>) -> LockfileError {
        LockfileError::form(self.text, offset, message)
    }

    fn fault(&self, offset: usize, fault: Fault) -> LockfileError {
        LockfileError::at(self.text, offset, fault)
    }

    fn is_separator(&self) -> bool {
        self.line().is_some_and(|line| {
            line.indent == 0 && matches!(self.rest(line).trim_end(), "---" | "...")
        })
    }

    /// To the next line with content.
    fn skip_blank(&mut self) -> Result<(), LockfileError> {
        while let Some(line) = self.line() {
            let rest = self.rest(line);
            if rest.starts_with('\t') {
                return Err(self.wrong(line.start, "a tab where only spaces indent"));
            }
            if !rest.trim_end().is_empty() && !rest.starts_with('#') {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The block whose lines have this indent; the next line is its first.
    fn block(&mut self, indent: usize) -> Result<Node<'a>, LockfileError> {
        let Some(line) = self.line() else {
            return Err(self.wrong(self.text.len(), "the file ends in the middle"));
        };
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(self.fault(line.start, Fault::TooDeep(DEPTH_LIMIT)));
        }
        let rest = self.rest(line);
        let node = if is_item(rest) {
            self.list(indent)?
        } else if rest.starts_with(['{', '[']) || self.key_end(line)?.is_none() {
            let node = self.inline(line.start, line.end)?;
            self.at += 1;
            node
        } else {
            self.mapping(indent)?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn list(&mut self, indent: usize) -> Result<Node<'a>, LockfileError> {
        let start = self.line().map_or(0, |line| line.start);
        let mut items: Vec<Node<'a>> = Vec::new();
        while let Some(line) = self.line() {
            if line.indent != indent || !is_item(self.rest(line)) || self.is_separator() {
                break;
            }
            items.push(self.after(line, 1, indent)?);
            self.skip_blank()?;
        }
        self.ends_block(indent)?;
        let end = items.last().map_or(start, |item| item.at.end as usize);
        Ok(Node {
            at: Spot::new(start, end),
            value: Value::List(items),
        })
    }

    fn mapping(&mut self, indent: usize) -> Result<Node<'a>, LockfileError> {
        let start = self.line().map_or(0, |line| line.start);
        let mut fields: Vec<Field<'a>> = Vec::new();
        while let Some(line) = self.line() {
            if line.indent != indent || is_item(self.rest(line)) || self.is_separator() {
                break;
            }
            fields.push(self.field(line)?);
            self.skip_blank()?;
        }
        self.ends_block(indent)?;
        if let Some(field) = duplicate(&fields) {
            let offset = field.at.start as usize;
            return Err(LockfileError::duplicate(self.text, offset, &field.key));
        }
        let end = fields
            .last()
            .map_or(start, |field| field.node.at.end as usize);
        Ok(Node {
            at: Spot::new(start, end),
            value: Value::Object(fields),
        })
    }

    /// A line that is indented deeper than the block it follows belongs to nothing.
    fn ends_block(&self, indent: usize) -> Result<(), LockfileError> {
        match self.line() {
            Some(line) if line.indent > indent => Err(self.wrong(
                line.start,
                "this line is indented deeper than what it could belong to",
            )),
            _ => Ok(()),
        }
    }

    fn field(&mut self, line: Line) -> Result<Field<'a>, LockfileError> {
        if let Some(key) = self.rest(line).strip_prefix("? ") {
            return self.long_key(line, line.end - key.len());
        }
        let Some(end) = self.key_end(line)? else {
            return Err(self.wrong(line.start, "a key and a colon should stand here"));
        };
        let (key, at) = self.key(line.start, end)?;
        let node = self.after(line, end + 1 - line.start, line.indent)?;
        Ok(Field { key, at, node })
    }

    /// `? key`, and on the next line `: value`. So are keys written that have more than 1,024 characters.
    fn long_key(&mut self, line: Line, start: usize) -> Result<Field<'a>, LockfileError> {
        let (key, at) = self.key(start, line.end)?;
        self.at += 1;
        self.skip_blank()?;
        let value = self.line().filter(|next| next.indent == line.indent);
        let Some(value) = value.filter(|next| self.rest(*next).starts_with(':')) else {
            return Err(self.wrong(line.start, "a colon should begin the line after this"));
        };
        let node = self.after(value, 1, line.indent)?;
        Ok(Field { key, at, node })
    }

    fn key(&self, start: usize, end: usize) -> Result<(Cow<'a, str>, Spot), LockfileError> {
        let node = self.inline(start, end)?;
        match node.value {
            Value::Text(key) => Ok((key, node.at)),
            // `null`, `true`: as they are written.
            Value::Null | Value::Boolean(_) => {
                let key = self.text[start..end].trim();
                Ok((Cow::Borrowed(key), node.at))
            }
            _ => Err(self.wrong(start, "a key should be a text")),
        }
    }

    /// What stands after the first `skip` bytes of a line (`- `, `key:`), or in the lines below it.
    fn after(&mut self, line: Line, skip: usize, indent: usize) -> Result<Node<'a>, LockfileError> {
        let rest = &self.text[line.start + skip..line.end];
        let start = line.end - rest.trim_start_matches(' ').len();
        let rest = &self.text[start..line.end];
        if rest.is_empty() || rest.starts_with('#') {
            self.at += 1;
            return self.below(line, skip, indent);
        }
        if rest.starts_with(['|', '>']) {
            self.at += 1;
            return self.block_text(start, line.end, indent);
        }
        let is_compact = skip == 1 && !rest.starts_with(['{', '[']);
        if is_compact {
            // `- a: 1` and `: a: 1`: a block that begins in the middle of the line.
            let inner = Line {
                indent: line.indent + (start - line.start),
                start,
                end: line.end,
            };
            if is_item(rest) || self.key_end(inner)?.is_some() {
                self.lines[self.at] = inner;
                return self.block(inner.indent);
            }
        }
        let node = self.inline(start, line.end)?;
        self.at += 1;
        self.skip_blank()?;
        match self.line() {
            Some(next) if next.indent > indent => Err(self.wrong(
                next.start,
                "this line is indented deeper than what it could belong to",
            )),
            _ => Ok(node),
        }
    }

    /// The block below a key or a dash; nothing if there is none.
    fn below(&mut self, line: Line, skip: usize, indent: usize) -> Result<Node<'a>, LockfileError> {
        self.skip_blank()?;
        let nothing = Node {
            at: Spot::new(line.start, line.start + skip),
            value: Value::Null,
        };
        let Some(next) = self.line() else {
            return Ok(nothing);
        };
        let is_key = skip > 1 || self.text[line.start..].starts_with(':');
        let is_own_list = is_key && next.indent == indent && is_item(self.rest(next));
        if (next.indent > indent || is_own_list) && !self.is_separator() {
            return self.block(next.indent);
        }
        Ok(nothing)
    }

    /// Where the key of a line ends: at a colon before a space or the end. Nothing if the line has none.
    fn key_end(&self, line: Line) -> Result<Option<usize>, LockfileError> {
        let rest = self.rest(line);
        let after_quotes = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let end = scalar::quoted_end(rest, *quote);
                end.ok_or_else(|| self.wrong(line.start, "a text that does not end on its line"))?
            }
            Some(b'?') if rest.starts_with("? ") => return Ok(Some(line.end)),
            _ => 0,
        };
        let bytes = rest.as_bytes();
        let is_end = |at: usize| matches!(bytes.get(at + 1), None | Some(b' '));
        if after_quotes > 0 {
            let colon = after_quotes + rest[after_quotes..].len()
                - rest[after_quotes..].trim_start_matches(' ').len();
            let found = bytes.get(colon) == Some(&b':') && is_end(colon);
            return Ok(found.then_some(line.start + colon));
        }
        let mut colons = bytes.iter().enumerate().filter(|(_, byte)| **byte == b':');
        let colon = colons.find(|(at, _)| is_end(*at)).map(|(at, _)| at);
        // A colon in a comment is none.
        let comment = rest.find(" #").unwrap_or(rest.len());
        Ok(colon.filter(|at| *at < comment).map(|at| line.start + at))
    }

    /// A value that stands on one line: quoted, plain, or in brackets.
    fn inline(&self, start: usize, end: usize) -> Result<Node<'a>, LockfileError> {
        let mut flow = scalar::Flow {
            text: self.text,
            at: start,
            end,
            depth: self.depth,
        };
        let node = flow.value(false)?;
        flow.finish()?;
        Ok(node)
    }

    /// `|` or `>` and the lines below that are indented deeper.
    fn block_text(
        &mut self,
        start: usize,
        end: usize,
        indent: usize,
    ) -> Result<Node<'a>, LockfileError> {
        let header = self.text[start..end].trim_end();
        let mut own_indent = None;
        for character in header.chars().skip(1) {
            match character {
                '+' | '-' => {}
                '1'..='9' => own_indent = character.to_digit(10),
                _ => {
                    let shown = shown(header);
                    return Err(self.wrong(start, format!("\"{shown}\" begins no block text")));
                }
            }
        }
        let folds = header.starts_with('>');
        let mut lines: Vec<&str> = Vec::new();
        let mut margin = own_indent.map(|digit| indent + digit as usize);
        let mut last = end;
        while let Some(line) = self.line() {
            let is_blank = line.start == line.end;
            if !is_blank && line.indent <= indent {
                break;
            }
            if !is_blank {
                margin.get_or_insert(line.indent);
                last = line.end;
            }
            let left = line.start - line.indent;
            let from = (left + margin.unwrap_or(0)).min(line.end);
            if !is_blank && line.start < from {
                return Err(self.wrong(line.start, "a line of a block text is indented too little"));
            }
            lines.push(self.text.get(from..line.end).unwrap_or_default());
            self.at += 1;
        }
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let text = match folds {
            true => lines.join(" "),
            false => lines.join("\n"),
        };
        Ok(Node {
            at: Spot::new(start, last),
            value: Value::Text(Cow::Owned(text)),
        })
    }
}

fn is_item(rest: &str) -> bool {
    rest == "-" || rest.starts_with("- ")
}

#[cfg(test)]
mod tests;
