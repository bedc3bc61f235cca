//! What is wrong in a `lazaret.toml`: the place, the sentence, the line with a caret, and what may have been meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One mistake in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    path: PathBuf,
    /// Line and column from 1, columns in characters.
    place: Option<(usize, usize)>,
    message: String,
    /// The line and how many characters of it are meant.
    excerpt: Option<(String, usize)>,
}

impl Problem {
    /// A mistake at these bytes of the text.
    pub(crate) fn at(
        path: &Path,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let end = text.floor_char_boundary(span.end).clamp(start, line_end);
        Self {
            path: path.to_owned(),
            place: Some((
                line_of(text.as_bytes(), start),
                text[line_start..start].chars().count() + 1,
            )),
            message: message.into(),
            excerpt: (!may_hold_secret(&text[line_start..line_end])).then(|| {
                let line = text[line_start..line_end].trim_end().replace('\t', " ");
                (line, text[start..end].chars().count().max(1))
            }),
        }
    }

    /// What the TOML reader or serde found wrong.
    pub(crate) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let message = explained(error.message());
        match error.span() {
            Some(span) => Self::at(path, text, span, message),
            None => Self::of_file(path, message),
        }
    }

    /// Something about the whole file.
    pub(crate) fn of_file(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            place: None,
            message: message.into(),
            excerpt: None,
        }
    }

    /// Place and sentence on one line, for logs.
    pub(crate) fn one_line(&self) -> String {
        let path = self.path.display();
        match self.place {
            Some((line, column)) => format!("{path}:{line}:{column}: {}", self.message),
            None => format!("{path}: {}", self.message),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.one_line())?;
        if let (Some((line, column)), Some((excerpt, marked))) = (self.place, &self.excerpt) {
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            let indent = " ".repeat(column - 1);
            write!(
                f,
                "\n {margin} |\n {number} | {excerpt}\n {margin} | {indent}{}",
                "^".repeat(*marked)
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Whether a line may hold a token or password, which no terminal and no log should show.
fn may_hold_secret(line: &str) -> bool {
    line.contains("token") || line.contains("://") && line.contains('@')
}

/// The line, from 1, of this byte.
pub(crate) fn line_of(text: &[u8], byte: usize) -> usize {
    text[..byte.min(text.len())]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// `; did you mean `listen`?` when one of the candidates is near, else nothing.
pub(crate) fn did_you_mean<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> String {
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(given, candidate.as_ref()),
                candidate.as_ref(),
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// serde lists what it expected in backticks; the nearest of them is worth a question.
fn explained(message: &str) -> String {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return message.to_owned();
    }
    let message = message.replacen("unknown field", "unknown key", 1);
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((given, candidates)) => format!("{message}{}", did_you_mean(given, candidates)),
        None => message,
    }
}
