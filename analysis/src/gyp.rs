//! What `binding.gyp` runs. It is a Python literal: dictionaries, lists, strings of both quotes that join when they
//! stand side by side, comments behind `#`. npm builds a package that has one without being asked to.

#[cfg(test)]
mod tests;

use crate::facts::Span;

/// A command in a build description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub span: Span,
    pub when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// `<!(…)`: as soon as the description is read, before anything is built.
    Reading,
    /// An action or rule: while it is built.
    Building,
    /// A condition, which Python evaluates: more than comparisons do not belong there.
    Evaluating,
}

impl Command {
    /// Only prints where a dependency's headers are, or asks a tool of the system for flags: what native packages do.
    pub fn is_look_up(&self) -> bool {
        let line = self.line.trim();
        if line.contains(['|', ';', '&', '>', '`', '\n']) || line.contains("$(") {
            return false;
        }
        let mut words = line.split_whitespace();
        match words.next() {
            Some("node") => {
                let flag = words.next().unwrap_or_default();
                let code: String = words.collect::<Vec<_>>().join(" ");
                matches!(flag, "-p" | "-e" | "-pe" | "--print") && only_requires(&code)
            }
            Some("pkg-config" | "uname" | "xcrun" | "sw_vers" | "echo" | "which" | "pwd") => true,
            _ => false,
        }
    }
}

/// `require('node-addon-api').include`, `require.resolve('x')`, and `path.dirname(…)` round it: packages, no files of
/// the tarball, no modules that start or fetch.
fn only_requires(code: &str) -> bool {
    const OTHERS: &[&str] = &[
        "child_process",
        "http",
        "https",
        "net",
        "dgram",
        "vm",
        "eval",
        "Function",
        "Buffer",
        "fetch",
        "import(",
    ];
    let code = code.trim_matches(['"', '\'', '\\', ' ']);
    code.len() < 200
        && code.contains("require")
        && !OTHERS.iter().any(|other| code.contains(other))
        && !code.contains("('.")
        && !code.contains("(\".")
        && !code.contains("('/")
        && !code.contains("require(process")
}

/// A command line with its variables as plain words: `<(python) stamp.py <@(_outputs)` runs `stamp.py`.
pub fn without_variables(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '>']) {
        plain.push_str(&rest[..at]);
        let after = rest[at + 1..].trim_start_matches(['|', '@', '!', '^']);
        match after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
        {
            Some((name, behind))
                if name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
            {
                plain.push_str(name);
                rest = behind;
            }
            _ => {
                plain.push_str(&rest[at..at + 1]);
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Every command of a build description, in order. At most 1,000.
pub fn commands(text: &str) -> Vec<Command> {
    const COMMANDS: usize = 1_000;
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Text(text, span) = token else {
            continue;
        };
        for line in substitutions(text) {
            found.push(Command {
                line,
                span: *span,
                when: When::Reading,
            });
        }
        if is_condition(text) {
            found.push(Command {
                line: text.clone(),
                span: *span,
                when: When::Evaluating,
            });
        }
        if text == "action"
            && let Some([Token::Mark(b':'), Token::Mark(b'['), words @ ..]) = tokens.get(at + 1..)
        {
            let words: Vec<&str> = words
                .iter()
                .take_while(|token| !matches!(token, Token::Mark(b']')))
                .filter_map(|token| match token {
                    Token::Text(word, _) => Some(word.as_str()),
                    Token::Mark(_) => None,
                })
                .collect();
            found.push(Command {
                line: words.join(" "),
                span: *span,
                when: When::Building,
            });
        }
        if found.len() >= COMMANDS {
            break;
        }
    }
    found
}

/// Conditions compare variables. Names between double underscores lead out of what gyp lets them use.
fn is_condition(text: &str) -> bool {
    text.contains("__import__")
        || text.contains("__class__")
        || text.contains("__subclasses__")
        || text.contains("__globals__")
}

/// The commands of `<!(…)`, `<!@(…)`, `<!pymod_do_main(…)`, and of their later forms with `>` and `^`.
fn substitutions(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for bang in memchr::memchr_iter(b'!', bytes) {
        if bang == 0 || !matches!(bytes[bang - 1], b'<' | b'>' | b'^') {
            continue;
        }
        let rest = text[bang + 1..]
            .strip_prefix('@')
            .unwrap_or(&text[bang + 1..]);
        let Some((name, inner)) = rest.split_once('(') else {
            continue;
        };
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            continue;
        }
        let inner = until_closed(inner);
        // A list of words instead of a line.
        let line = match inner.trim().strip_prefix('[') {
            Some(list) => list
                .trim_end_matches(']')
                .split(',')
                .map(|word| word.trim().trim_matches(['"', '\'', '\\']))
                .collect::<Vec<_>>()
                .join(" "),
            None => inner.to_owned(),
        };
        found.push(if name.is_empty() {
            line
        } else {
            format!("python {name} {line}")
        });
    }
    found
}

fn until_closed(text: &str) -> &str {
    let mut open = 1_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => {
                open -= 1;
                if open == 0 {
                    return &text[..at];
                }
            }
            _ => {}
        }
    }
    text
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String, Span),
    Mark(u8),
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
            b'\'' | b'"' => {
                let (value, end) = string(text, at);
                let span = Span {
                    start: u32::try_from(at).unwrap_or(u32::MAX),
                    end: u32::try_from(end).unwrap_or(u32::MAX),
                };
                match tokens.last_mut() {
                    Some(Token::Text(before, place)) => {
                        before.push_str(&value);
                        place.end = span.end;
                    }
                    _ => tokens.push(Token::Text(value, span)),
                }
                at = end;
            }
            b'[' | b']' | b'{' | b'}' | b':' | b',' | b'(' | b')' => {
                tokens.push(Token::Mark(byte));
                at += 1;
            }
            _ => at += 1,
        }
    }
    tokens
}

/// A string that begins at `start`, and where it ends. Also of three quotes.
fn string(text: &str, start: usize) -> (String, usize) {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let triple = bytes.get(start..start + 3) == Some(&[quote; 3]);
    let ends = |at: usize| {
        if triple {
            bytes.get(at..at + 3) == Some(&[quote; 3])
        } else {
            bytes[at] == quote || bytes[at] == b'\n'
        }
    };
    let mut value = Vec::new();
    let mut at = start + if triple { 3 } else { 1 };
    while at < bytes.len() && !ends(at) {
        if bytes[at] == b'\\' && at + 1 < bytes.len() {
            at = escape(bytes, at + 1, &mut value);
        } else {
            value.push(bytes[at]);
            at += 1;
        }
    }
    let end = (at + if triple { 3 } else { 1 }).min(bytes.len());
    (String::from_utf8_lossy(&value).into_owned(), end)
}

/// An escape whose letter stands at `at`; gives where it ends.
fn escape(bytes: &[u8], at: usize, value: &mut Vec<u8>) -> usize {
    let digits = |count: usize, radix: u32| {
        let digits = bytes.get(at + 1..at + 1 + count)?;
        let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
        char::from_u32(number)
    };
    let (written, length) = match bytes[at] {
        b'n' => (Some('\n'), 1),
        b't' => (Some('\t'), 1),
        b'r' => (Some('\r'), 1),
        b'\n' => (None, 1),
        b'x' => (digits(2, 16), 3),
        b'u' => (digits(4, 16), 5),
        b'U' => (digits(8, 16), 9),
        byte @ (b'\\' | b'\'' | b'"') => (Some(char::from(byte)), 1),
        byte => {
            value.extend([b'\\', byte]);
            return at + 1;
        }
    };
    if let Some(written) = written {
        value.extend(written.encode_utf8(&mut [0; 4]).bytes());
        at + length
    } else {
        at + 1
    }
}
