//! The lines of a yarn 1 lockfile: keys at the margin, values two columns in, lists of dependencies four.

use std::collections::HashSet;

use super::super::error::{LockfileError, shown};
use super::super::place::{Spot, Text};

/// One entry as it is written.
#[derive(Default)]
pub(super) struct Block {
    /// What it answers, and where.
    pub(super) keys: Vec<(String, Spot)>,
    pub(super) values: Vec<(String, Text, Spot)>,
    /// List, key, value, place of the key.
    pub(super) nested: Vec<(String, String, Text, Spot)>,
}

pub(super) fn blocks(text: &str) -> Result<Vec<Block>, LockfileError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut group: Option<String> = None;
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut seen: HashSet<(String, String)> = HashSet::new();
    while at < text.len() {
        let next = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let line = text[at..next].trim_end_matches('\r');
        let start = at;
        at = next + 1;
        let content = line.trim_start_matches(' ');
        if content.trim_end().is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        let mut words = Words {
            text,
            at: start + indent,
            end: start + line.len(),
        };
        if indent == 0 {
            blocks.push(Block {
                keys: words.keys()?,
                ..Block::default()
            });
            group = None;
            seen.clear();
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            return Err(words.wrong("a line that belongs to no entry"));
        };
        let key_start = words.at;
        let key = words.word(true)?;
        let key_at = Spot::new(key_start, words.at);
        let list = match (indent, &group) {
            (2, _) => String::new(),
            (4, Some(group)) => group.clone(),
            _ => {
                return Err(LockfileError::form(
                    text,
                    key_start,
                    "this line is indented in a way that yarn does not write",
                ));
            }
        };
        if !seen.insert((list.clone(), key.clone())) {
            return Err(LockfileError::duplicate(text, key_start, &key));
        }
        if indent == 2 && words.rest() == ":" {
            group = Some(key);
            continue;
        }
        let value = words.value()?;
        if indent == 2 {
            group = None;
            block.values.push((key, value, key_at));
        } else {
            block.nested.push((list, key, value, key_at));
        }
    }
    Ok(blocks)
}

struct Words<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Words<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    fn wrong(&self, message: &str) -> LockfileError {
        LockfileError::form(self.text, self.at, message)
    }

    /// `a@1, "b c@2":`
    fn keys(&mut self) -> Result<Vec<(String, Spot)>, LockfileError> {
        let mut keys = Vec::new();
        loop {
            let start = self.at;
            let key = self.word(true)?;
            keys.push((key, Spot::new(start, self.at)));
            match self.rest() {
                ":" => return Ok(keys),
                rest if rest.starts_with(", ") => self.at += 2,
                _ => return Err(self.wrong("a comma or a colon should stand here")),
            }
        }
    }

    /// One value after a space, to the end of the line.
    fn value(&mut self) -> Result<Text, LockfileError> {
        if !self.rest().starts_with(' ') {
            return Err(self.wrong("a space and a value should stand here"));
        }
        self.at += 1;
        let start = self.at;
        let value = self.word(false)?;
        if !self.rest().is_empty() {
            return Err(self.wrong("something stands after the value"));
        }
        Ok(Text::new(&value, Spot::new(start, self.at)))
    }

    /// A text in quotes, escaped as in JSON, or one without.
    fn word(&mut self, is_key: bool) -> Result<String, LockfileError> {
        let rest = self.rest();
        if rest.starts_with('"') {
            let mut escaped = false;
            let end = rest.bytes().skip(1).position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            let Some(end) = end else {
                return Err(self.wrong("a text that does not end on its line"));
            };
            let quoted = &rest[..end + 2];
            let word: String = serde_json::from_str(quoted)
                .map_err(|_| self.wrong("a text with an escape that JSON does not have"))?;
            self.at += quoted.len();
            return Ok(word);
        }
        let ends = |byte: u8| byte == b' ' || (is_key && matches!(byte, b':' | b','));
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        let word = &rest[..length];
        let is_plain = !word.is_empty() && !word.contains(['"', '\\', '\t']);
        if !is_plain {
            let message = format!("\"{}\" is not a word that yarn writes", shown(word));
            return Err(self.wrong(&message));
        }
        self.at += length;
        Ok(word.to_owned())
    }
}
