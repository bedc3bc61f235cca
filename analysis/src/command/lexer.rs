//! A command line as steps: programs with their arguments, and how they are joined.

use super::{SHELLS, program_name};

/// One program that is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Lower case, without folder and `.exe`; empty if it is not known.
    pub program: String,
    /// As written.
    pub spelled: String,
    pub args: Vec<String>,
    /// It reads what the step before it of the same depth prints.
    pub piped: bool,
    /// What it prints becomes a word of a step that follows.
    pub substituted: bool,
    /// Within how many substitutions and `sh -c` texts.
    pub depth: u8,
    /// Followed by `&`.
    pub background: bool,
    /// Its output is thrown away.
    pub quiet: bool,
    /// Started by `nohup`, `setsid`, `start /b` and their like.
    pub hidden: bool,
    /// `< file`.
    pub input: Option<String>,
    /// `> file`.
    pub target: Option<String>,
}

impl Step {
    /// The step as words with single blanks, cut.
    pub fn text(&self) -> String {
        let mut text = self.spelled.clone();
        for arg in &self.args {
            text.push(' ');
            text.push_str(arg);
            if text.len() > 300 {
                break;
            }
        }
        text
    }
}

const STEPS: usize = 500;
const DEPTH: u8 = 5;

/// The steps of a text; those of a substitution stand before the step that they are a word of.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut lexer = Lexer {
        steps: Vec::new(),
        work: 8 * text.len() + 4096,
    };
    lexer.text(text, 0, false);
    lexer.steps
}

struct Lexer {
    steps: Vec<Step>,
    /// Bytes that may still be read: texts within texts are read again.
    work: usize,
}

/// The step that is being read.
#[derive(Default)]
struct Open {
    words: Vec<String>,
    word: String,
    in_word: bool,
    piped: bool,
    quiet: bool,
    input: Option<String>,
    target: Option<String>,
    /// The next word is the file of a redirection.
    redirect: Option<char>,
}

impl Open {
    fn end_word(&mut self) {
        if !self.in_word {
            return;
        }
        self.in_word = false;
        let word = std::mem::take(&mut self.word);
        match self.redirect.take() {
            Some('<') => self.input = Some(word),
            Some(_) => {
                if matches!(word.as_str(), "/dev/null" | "nul" | "NUL" | "$null") {
                    self.quiet = true;
                } else if !word.starts_with('&') && !word.bytes().all(|byte| byte.is_ascii_digit())
                {
                    self.target = Some(word);
                }
            }
            None => self.words.push(word),
        }
    }
}

impl Lexer {
    fn text(&mut self, text: &str, depth: u8, substituted: bool) {
        if depth > DEPTH || self.work < text.len() {
            return;
        }
        self.work -= text.len();
        let characters: Vec<char> = text.chars().collect();
        let mut open = Open::default();
        let mut quote: Option<char> = None;
        let mut at = 0;
        while at < characters.len() && self.steps.len() < STEPS {
            let character = characters[at];
            let next = characters.get(at + 1).copied();
            at += 1;
            match (quote, character) {
                (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                (Some('\''), _) => open.word.push(character),
                (_, '\\')
                    if matches!(
                        next,
                        Some(
                            ' ' | '"'
                                | '\''
                                | '$'
                                | '`'
                                | '\\'
                                | '\n'
                                | ';'
                                | '&'
                                | '|'
                                | '('
                                | ')'
                        )
                    ) =>
                {
                    at += 1;
                    if next != Some('\n') {
                        open.word.extend(next);
                        open.in_word = true;
                    }
                }
                (_, '$') if next == Some('(') => {
                    let end = closing(&characters, at + 1, '(', ')');
                    self.inner(&characters[at + 1..end], depth, true);
                    open.word.push_str("$()");
                    open.in_word = true;
                    at = end + 1;
                }
                (_, '`') => {
                    let end = characters[at..]
                        .iter()
                        .position(|other| *other == '`')
                        .map_or(characters.len(), |found| at + found);
                    self.inner(&characters[at..end], depth, true);
                    open.word.push_str("$()");
                    open.in_word = true;
                    at = end + 1;
                }
                (Some(_), _) => open.word.push(character),
                (None, '\'' | '"') => {
                    quote = Some(character);
                    open.in_word = true;
                }
                (None, '^')
                    if next.is_some_and(char::is_alphabetic)
                        && open
                            .word
                            .chars()
                            .next_back()
                            .is_some_and(char::is_alphabetic) => {}
                (None, '<' | '>') if next == Some('(') => {
                    let end = closing(&characters, at + 1, '(', ')');
                    self.inner(&characters[at + 1..end], depth, true);
                    open.word.push_str("$()");
                    open.in_word = true;
                    at = end + 1;
                }
                (None, '<' | '>') => {
                    // `2>`: the number belongs to the redirection.
                    if open.in_word && open.word.bytes().all(|byte| byte.is_ascii_digit()) {
                        open.word.clear();
                        open.in_word = false;
                    }
                    open.end_word();
                    while matches!(characters.get(at), Some('>' | '<' | '|')) {
                        at += 1;
                    }
                    if characters.get(at) == Some(&'&') {
                        at += 1;
                        while characters
                            .get(at)
                            .is_some_and(|digit| digit.is_ascii_digit() || *digit == '-')
                        {
                            at += 1;
                        }
                    } else {
                        open.redirect = Some(character);
                    }
                }
                (None, '&') if next == Some('>') => open.end_word(),
                (None, ' ' | '\t' | '\r') => open.end_word(),
                (None, '#') if !open.in_word => {
                    while characters.get(at).is_some_and(|other| *other != '\n') {
                        at += 1;
                    }
                }
                (None, ';' | '\n' | '&' | '|' | '(' | ')') => {
                    let doubled = next == Some(character);
                    if doubled && matches!(character, '&' | '|' | ';') {
                        at += 1;
                    }
                    let background = character == '&' && !doubled;
                    self.end(&mut open, depth, substituted, background);
                    open.piped = character == '|' && !doubled;
                    if open.piped && characters.get(at) == Some(&'&') {
                        at += 1;
                    }
                }
                (None, _) => {
                    open.word.push(character);
                    open.in_word = true;
                }
            }
        }
        self.end(&mut open, depth, substituted, false);
    }

    fn inner(&mut self, characters: &[char], depth: u8, substituted: bool) {
        let text: String = characters.iter().collect();
        self.text(&text, depth + 1, substituted);
    }

    fn end(&mut self, open: &mut Open, depth: u8, substituted: bool, background: bool) {
        open.end_word();
        let open = std::mem::take(open);
        let mut words = open.words;
        let mut hidden = false;
        let skip = wrappers(&words, &mut hidden);
        words.drain(..skip);
        if words.is_empty() {
            return;
        }
        let spelled = words.remove(0);
        let program = program_name(&spelled);
        // A text for a shell is read as one, before the step that runs it.
        if let Some(text) = shell_text(&program, &words) {
            self.text(&text, depth + 1, false);
        }
        self.steps.push(Step {
            program,
            spelled,
            args: words,
            piped: open.piped,
            substituted,
            depth,
            background,
            quiet: open.quiet,
            hidden,
            input: open.input,
            target: open.target,
        });
    }
}

/// How many words only say how the program is started.
fn wrappers(words: &[String], hidden: &mut bool) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let name = program_name(word);
        let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let more = words.len() > at + 1;
        match name.as_str() {
            _ if is_assignment => {}
            "nohup" | "setsid" | "disown" => *hidden = true,
            "sudo" | "doas" | "exec" | "command" | "time" | "nice" | "cross-env"
            | "cross-env-shell" | "builtin" | "stdbuf" | "then" | "do" | "else" | "if"
            | "while" | "!" | "{" | "@" | "xargs" | "busybox"
                if more => {}
            "env" if more => {}
            "timeout" if words.len() > at + 2 => at += 1,
            "start" if more => {
                while words
                    .get(at + 1)
                    .is_some_and(|flag| flag.starts_with('/') || flag.is_empty())
                {
                    *hidden |= matches!(words[at + 1].to_ascii_lowercase().as_str(), "/b" | "/min");
                    at += 1;
                }
            }
            // Flags of the wrapper.
            _ if at > 0 && word.starts_with('-') => {}
            _ => break,
        }
        at += 1;
    }
    at
}

/// The command line that a shell's arguments are.
fn shell_text(program: &str, args: &[String]) -> Option<String> {
    if SHELLS.contains(&program) {
        let at = args
            .iter()
            .position(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains('c'))?;
        return args.get(at + 1).cloned();
    }
    match program {
        "cmd" => {
            let at = args
                .iter()
                .position(|arg| matches!(arg.to_ascii_lowercase().as_str(), "/c" | "/k"))?;
            Some(args[at + 1..].join(" "))
        }
        "powershell" | "pwsh" => {
            let at = args.iter().position(|arg| {
                let flag = arg.to_ascii_lowercase();
                flag.len() >= 2 && ("-command".starts_with(&flag) || "/command".starts_with(&flag))
            })?;
            Some(args[at + 1..].join(" "))
        }
        "eval" => Some(args.join(" ")),
        _ => None,
    }
}

/// The place of the bracket that closes; the end if none does. `from` is behind the opening one.
fn closing(characters: &[char], from: usize, open: char, close: char) -> usize {
    let mut depth = 1;
    let mut at = from.min(characters.len());
    while at < characters.len() {
        if characters[at] == open {
            depth += 1;
        } else if characters[at] == close {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
        at += 1;
    }
    at
}
