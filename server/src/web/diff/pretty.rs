//! Packed code as lines that can be read. This is no parser: it looks at one character after the other, knows strings
//! and comments, and breaks lines. Whatever it gets wrong, it shows every character in its order.

/// Longest line that people read.
const LONG: usize = 400;
/// Where a broken line may end at a comma.
const WIDTH: usize = 100;
/// Deepest indentation, in steps of two spaces.
const DEEP: usize = 24;

/// A text as lines, with the place in the text where each begins.
pub(super) struct Lines {
    pub(super) lines: Vec<String>,
    /// Bytes from the beginning of the text.
    starts: Vec<usize>,
    /// Where each line of the text itself begins.
    raw: Vec<usize>,
}

impl Lines {
    /// The line, from 1, that shows a place of the text (line and column from 1); 0 for the file as a whole.
    pub(super) fn line_of(&self, line: u64, column: u64) -> usize {
        let Some(line) = usize::try_from(line)
            .ok()
            .and_then(|line| line.checked_sub(1))
        else {
            return 0;
        };
        let Some(start) = self.raw.get(line) else {
            return usize::MAX;
        };
        // Columns are characters; where they are not bytes, this is a little early.
        let within = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        let end = self.raw.get(line + 1).map_or(usize::MAX, |next| next - 1);
        let place = start.saturating_add(within).min(end);
        self.starts.partition_point(|start| *start <= place)
    }
}

/// Whether a text has lines that nobody reads.
pub(super) fn is_packed(text: &str) -> bool {
    text.lines().any(|line| line.len() > LONG)
}

/// Each line by itself.
pub(super) fn as_it_is(text: &str) -> Lines {
    let raw = line_starts(text);
    Lines {
        lines: text.lines().map(str::to_owned).collect(),
        starts: raw.clone(),
        raw,
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(ends)
        .filter(|start| *start < text.len())
        .collect()
}

/// Lines broken after braces, semicolons, and commas that come late.
pub(super) fn lines(text: &str) -> Lines {
    let mut printer = Printer::default();
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        printer.take(at, character, next);
    }
    printer.end_line();
    Lines {
        lines: printer.lines,
        starts: printer.starts,
        raw: line_starts(text),
    }
}

/// What a character stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Code,
    /// Until this quote.
    Text(char),
    Pattern {
        class: bool,
    },
    Line,
    Block,
}

#[derive(Default)]
struct Printer {
    lines: Vec<String>,
    starts: Vec<usize>,
    line: String,
    start: usize,
    within: Within,
    escaped: bool,
    /// The last character of code that is no space.
    before: char,
    braces: usize,
    /// Brackets that are open, as in `for (;;)`.
    brackets: usize,
    /// The star of `*/` was seen.
    star: bool,
    skip_slash: bool,
}

impl Printer {
    fn take(&mut self, at: usize, character: char, next: Option<char>) {
        if self.line.is_empty() {
            if matches!(character, ' ' | '\t' | '\r' | '\n') && self.within == Within::Code {
                return;
            }
            self.start = at;
        }
        if character == '\n' {
            self.end_line();
            if self.within == Within::Line {
                self.within = Within::Code;
            }
            return;
        }
        match self.within {
            Within::Code => self.code(character, next),
            _ => self.other(character),
        }
    }

    fn code(&mut self, character: char, next: Option<char>) {
        match character {
            '"' | '\'' | '`' => self.within = Within::Text(character),
            '/' if next == Some('/') => self.within = Within::Line,
            '/' if next == Some('*') => {
                self.within = Within::Block;
                self.star = false;
                self.skip_slash = true;
            }
            '/' if begins_pattern(self.before) => self.within = Within::Pattern { class: false },
            '(' | '[' => self.brackets += 1,
            ')' | ']' => self.brackets = self.brackets.saturating_sub(1),
            '}' => {
                self.braces = self.braces.saturating_sub(1);
                if !self.line.trim().is_empty() {
                    let start = self.start;
                    self.end_line();
                    self.start = start + 1;
                }
            }
            _ => {}
        }
        self.push(character);
        if !character.is_whitespace() {
            self.before = character;
        }
        let follows = |characters: &str| next.is_some_and(|next| characters.contains(next));
        match character {
            '{' => {
                self.end_line();
                self.braces += 1;
                self.brackets = 0;
            }
            '}' if !follows(");,.") => self.end_line(),
            ';' if self.brackets == 0 => self.end_line(),
            ',' if self.line.chars().count() > WIDTH => self.end_line(),
            _ => {}
        }
    }

    fn other(&mut self, character: char) {
        self.push(character);
        if std::mem::take(&mut self.skip_slash) && character == '*' {
            return;
        }
        if std::mem::take(&mut self.escaped) {
            return;
        }
        match self.within {
            Within::Text(_) | Within::Pattern { .. } if character == '\\' => self.escaped = true,
            Within::Text(quote) if character == quote => self.leave(),
            Within::Pattern { .. } if character == '[' => {
                self.within = Within::Pattern { class: true };
            }
            Within::Pattern { .. } if character == ']' => {
                self.within = Within::Pattern { class: false };
            }
            Within::Pattern { class: false } if character == '/' => self.leave(),
            Within::Block if self.star && character == '/' => self.leave(),
            Within::Block => self.star = character == '*',
            _ => {}
        }
    }

    fn leave(&mut self) {
        self.within = Within::Code;
        self.before = ')';
    }

    fn push(&mut self, character: char) {
        if self.line.is_empty() {
            self.line.push_str(&"  ".repeat(self.braces.min(DEEP)));
        }
        self.line.push(character);
    }

    fn end_line(&mut self) {
        if self.line.trim().is_empty() {
            self.line.clear();
            return;
        }
        self.lines.push(std::mem::take(&mut self.line));
        self.starts.push(self.start);
    }
}

/// Whether a slash after this begins a pattern rather than divides.
fn begins_pattern(before: char) -> bool {
    before == '\0' || "(,=:[!&|?{};+-*%<>~^".contains(before)
}

#[cfg(test)]
mod tests {
    use super::{as_it_is, is_packed, lines};

    #[test]
    fn packed_code_is_broken_where_people_would() {
        let code = "function f(a,b){for(let i=0;i<9;i++){g(i)}return{a:1}}var s=\"};{\",r=/[/;{]\\//,t=`;`;/*;{*/h();//;x";
        assert_eq!(
            lines(code).lines,
            [
                "function f(a,b){",
                "  for(let i=0;i<9;i++){",
                "    g(i)",
                "  }",
                "  return{",
                "    a:1",
                "  }",
                "}",
                "var s=\"};{\",r=/[/;{]\\//,t=`;`;",
                "/*;{*/h();",
                "//;x",
            ]
        );
    }

    #[test]
    fn every_character_is_shown_in_its_order() {
        for code in [
            "}}}}{{{{;;;\"unended",
            "a/b/c;`${`${1}`}`}",
            "/*",
            "/*/;*/x;",
            "'\\''+1;",
            "\u{feff}é{ü}",
            &"{".repeat(1000),
        ] {
            let shown: String = lines(code).lines.concat();
            let plain = |text: &str| {
                text.chars()
                    .filter(|c| !c.is_whitespace())
                    .collect::<String>()
            };
            assert_eq!(plain(&shown), plain(code));
        }
    }

    #[test]
    fn a_place_is_found_again() {
        let code = "first();\nvar a=1;var b={c:2};evil();";
        let pretty = lines(code);
        let shown = |line, column| pretty.lines[pretty.line_of(line, column) - 1].trim();
        assert_eq!(shown(1, 1), "first();");
        assert_eq!(shown(2, 1), "var a=1;");
        assert_eq!(shown(2, 9), "var b={");
        assert_eq!(shown(2, 21), "evil();");
        assert_eq!(shown(2, 500), "evil();");
        assert_eq!(pretty.line_of(0, 0), 0);
        assert!(pretty.line_of(9, 1) > pretty.lines.len());
        let plain = as_it_is(code);
        assert_eq!(plain.line_of(2, 21), 2);
    }

    #[test]
    fn only_long_lines_are_packed() {
        assert!(!is_packed(&"short\n".repeat(1000)));
        assert!(is_packed(&"x".repeat(401)));
    }
}
