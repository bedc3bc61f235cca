//! Code in colours: JavaScript, TypeScript and JSON as comments, strings, numbers and keywords. A lexer for the eye only:
//! it never fails, and what it takes for something else is still all of the text.

/// What a piece of a line is; the class it has on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Comment,
    Text,
    Number,
    Keyword,
}

impl Kind {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Comment => "c",
            Self::Text => "s",
            Self::Number => "n",
            Self::Keyword => "k",
        }
    }
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// What a line begins in, because the one before did not end it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Open {
    #[default]
    Nothing,
    Comment,
    Template,
}

/// Whether files of this name are shown in colours.
pub(super) fn knows(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    let end = file.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(
        &*end.to_ascii_lowercase(),
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "json"
    )
}

/// What every line of a file begins in.
pub(super) fn starts(lines: &[String]) -> Vec<Open> {
    let mut open = Open::Nothing;
    let of = |text: &String| {
        let start = open;
        line(text, &mut open);
        start
    };
    lines.iter().map(of).collect()
}

/// The pieces of a line that begins in this.
pub(super) fn pieces(text: &str, mut start: Open) -> Vec<Piece> {
    line(text, &mut start)
}

/// A line that is not looked at.
pub(super) fn plain(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    push(&mut pieces, Kind::Plain, text);
    pieces
}

/// The pieces of one line as it is; their texts, one after the other, are the line.
fn line(text: &str, open: &mut Open) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    // After a value a slash divides; elsewhere it begins a regular expression.
    let mut after_value = false;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match *open {
            Open::Comment => {
                let end = rest.find("*/").map(|at| at + 2);
                if end.is_some() {
                    *open = Open::Nothing;
                }
                (Kind::Comment, end.unwrap_or(rest.len()))
            }
            Open::Template => (Kind::Text, template(rest, open)),
            Open::Nothing => match first {
                '/' if rest.starts_with("//") => (Kind::Comment, rest.len()),
                '/' if rest.starts_with("/*") => {
                    *open = Open::Comment;
                    // At least this much, so that `/*/` does not end itself.
                    let end = rest[2..].find("*/").map(|at| at + 4);
                    if end.is_some() {
                        *open = Open::Nothing;
                    }
                    (Kind::Comment, end.unwrap_or(rest.len()))
                }
                '/' if !after_value => match regular_expression(rest) {
                    Some(length) => (Kind::Text, length),
                    None => (Kind::Plain, 1),
                },
                '"' | '\'' => (Kind::Text, string(rest, first)),
                '`' => {
                    *open = Open::Template;
                    (Kind::Text, 1 + template(&rest[1..], open))
                }
                '0'..='9' => (Kind::Number, while_(rest, is_of_number)),
                first if is_of_name(first) => {
                    let length = while_(rest, is_of_name);
                    match KEYWORDS.binary_search(&&rest[..length]) {
                        Ok(_) => (Kind::Keyword, length),
                        Err(_) => (Kind::Plain, length),
                    }
                }
                first => (Kind::Plain, first.len_utf8()),
            },
        };
        let piece = &rest[..length];
        let is_space = piece.trim().is_empty();
        if kind != Kind::Comment && !is_space {
            after_value = match kind {
                Kind::Text | Kind::Number => true,
                Kind::Keyword => matches!(piece, "this" | "super" | "null" | "true" | "false"),
                _ => first == ')' || first == ']' || first == '}' || is_of_name(first),
            };
        }
        push(&mut pieces, kind, piece);
        rest = &rest[length..];
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, kind: Kind, text: &str) {
    let class = kind.class();
    match pieces.last_mut() {
        Some(last) if last.class == class => last.text.push_str(text),
        _ => pieces.push(Piece {
            class,
            text: text.to_owned(),
        }),
    }
}

/// The length of what `matches`; at least one character.
fn while_(text: &str, matches: fn(char) -> bool) -> usize {
    let end = text.find(|letter| !matches(letter)).unwrap_or(text.len());
    end.max(text.chars().next().map_or(0, char::len_utf8))
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '.'
}

/// The length of a string with its quotes; to the end of the line if nothing closes it.
fn string(text: &str, quote: char) -> usize {
    closed(&text[1..], |letter| letter == quote).map_or(text.len(), |end| end + 1)
}

/// The length of a template from inside it; code in it counts as text.
fn template(text: &str, open: &mut Open) -> usize {
    match closed(text, |letter| letter == '`') {
        Some(end) => {
            *open = Open::Nothing;
            end
        }
        None => text.len(),
    }
}

/// Where what is closed by a character ends, that included; backslashes hide the next one.
fn closed(text: &str, closes: impl Fn(char) -> bool) -> Option<usize> {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if closes(letter) {
            return Some(at + letter.len_utf8());
        }
    }
    None
}

/// The length of a regular expression; `None` if it does not end on this line, so that it is none.
fn regular_expression(text: &str) -> Option<usize> {
    let mut in_class = false;
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                let flags = text[at + 1..].find(|letter: char| !letter.is_ascii_alphabetic());
                return Some(flags.map_or(text.len(), |flags| at + 1 + flags));
            }
            _ => {}
        }
    }
    None
}

/// In the order of their bytes.
const KEYWORDS: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "from",
    "function",
    "get",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "namespace",
    "new",
    "null",
    "of",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "set",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, knows, pieces, starts};

    /// `class:text` of what is not plain.
    fn told(text: &str) -> Vec<String> {
        let all: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut told = Vec::new();
        for (line, start) in all.iter().zip(starts(&all)) {
            let pieces = pieces(line, start);
            let together: String = pieces.iter().map(|piece| &*piece.text).collect();
            assert_eq!(*line, together);
            told.extend(pieces);
        }
        let told = told.into_iter();
        told.filter(|piece| !piece.class.is_empty())
            .map(|piece| format!("{}:{}", piece.class, piece.text))
            .collect()
    }

    #[test]
    fn keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn comments_strings_numbers_and_keywords() {
        assert_eq!(
            told("const a = 'it\\'s', b = 0x1F; // done"),
            ["k:const", "s:'it\\'s'", "n:0x1F", "c:// done"]
        );
        assert_eq!(
            told("{\"a\": [1.5e3, true]}"),
            ["s:\"a\"", "n:1.5e3", "k:true"]
        );
        assert_eq!(told("newer = $new"), Vec::<String>::new());
    }

    #[test]
    fn what_one_line_opens_another_closes() {
        assert_eq!(
            told("a /* one\ntwo */ b `x ${y}\nz` + 1"),
            ["c:/* one", "c:two */", "s:`x ${y}", "s:z`", "n:1"]
        );
        assert_eq!(told("/*/ still */ if"), ["c:/*/ still */", "k:if"]);
        // A string ends with its line.
        assert_eq!(told("x = 'open\nreturn"), ["s:'open", "k:return"]);
    }

    #[test]
    fn a_slash_divides_after_a_value() {
        assert_eq!(told("a / b / 2"), ["n:2"]);
        assert_eq!(told("x = /a[/]b\\/c/gi.test(y)"), ["s:/a[/]b\\/c/gi"]);
        assert_eq!(told("return /'/"), ["k:return", "s:/'/"]);
        assert_eq!(told("f() / 2 / '1'"), ["n:2", "s:'1'"]);
    }

    #[test]
    fn nothing_is_lost_of_what_is_no_code() {
        for text in ["\u{202e}'\\", "`${`", "/", "\\", "é = 'ü", "1é", "😀/*"] {
            told(text);
        }
    }

    #[test]
    fn files_are_known_by_their_ends() {
        for path in ["a.js", "lib/x.d.ts", "package.json", "X.MJS"] {
            assert!(knows(path), "{path}");
        }
        for path in ["readme.md", "js", "a.js/x", ".npmrc", ""] {
            assert!(!knows(path), "{path}");
        }
    }
}
