//! Early warnings of others: feeds in JSON, RSS and Atom. Read strictly and within bounds, and only for names that are in use:
//! what they say is a hint, whoever wrote it.

mod json;
mod names;
mod xml;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use lazaret_npm::Digests;
use lazaret_npm::text::printable_up_to;

pub use names::mentioned;

/// Largest feed that is read, in bytes.
pub const SIZE_LIMIT: usize = 4 << 20;

/// Entries of one feed.
const ITEMS: usize = 5_000;

/// Characters of a title and of an address that are kept, and bytes of an entry's text that are looked at.
const TITLE: usize = 300;
const ADDRESS: usize = 500;
const TEXT: usize = 64 << 10;

/// Names that one entry says it is about.
const PACKAGES: usize = 1_000;

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON Feed, or a list of objects.
    Json,
    /// RSS 2.0 and its elder relatives.
    Rss,
    Atom,
}

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// A hash of what identifies it.
    pub key: String,
    /// Fit to be shown.
    pub title: String,
    /// Begins with `http://` or `https://`, fit to be shown.
    pub url: Option<String>,
    pub published: Option<Timestamp>,
    /// Title and text, as written.
    pub text: String,
    /// Names of npm packages that it says it is about; then its text is not looked at.
    pub packages: Vec<String>,
}

/// Why a feed is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error("it has more than {SIZE_LIMIT} bytes")]
    TooLarge,
    #[error("it has more than {ITEMS} entries")]
    TooMany,
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("it has a document type definition, which no feed needs")]
    Definition,
    #[error("it names an entity that XML itself does not know")]
    Entity,
    #[error("it is not UTF-8")]
    NotText,
    #[error("it is no {0}: {1}")]
    Form(&'static str, String),
}

/// Reads a feed.
///
/// # Errors
/// When it is not of this form, or goes beyond a bound: then nothing of it is used.
pub fn parse(form: Form, bytes: &[u8]) -> Result<Vec<Item>, FeedError> {
    if bytes.len() > SIZE_LIMIT {
        return Err(FeedError::TooLarge);
    }
    let text = str::from_utf8(bytes).map_err(|_| FeedError::NotText)?;
    let text = text.trim_start_matches('\u{feff}');
    match form {
        Form::Json => json::items(text),
        Form::Rss => xml::items(text, &xml::RSS),
        Form::Atom => xml::items(text, &xml::ATOM),
    }
}

/// What a reader has of one entry.
#[derive(Clone, Debug, Default)]
struct Draft {
    id: String,
    title: String,
    url: String,
    published: String,
    text: String,
    packages: Vec<String>,
}

impl Draft {
    fn finish(mut self) -> Item {
        let identity = [&self.id, &self.url, &self.title]
            .into_iter()
            .find(|text| !text.trim().is_empty());
        let identity = identity.unwrap_or(&self.text).trim().to_owned();
        let is_address = ["https://", "http://"]
            .iter()
            .any(|scheme| self.url.trim().starts_with(scheme));
        let url = is_address.then(|| printable_up_to(self.url.trim(), ADDRESS).into_owned());
        let mut text = format!("{}\n{}", self.title, self.text);
        text.truncate(text.floor_char_boundary(TEXT));
        self.packages.truncate(PACKAGES);
        Item {
            key: Digests::of(identity.as_bytes()).sha256_hex(),
            title: printable_up_to(self.title.trim(), TITLE).into_owned(),
            url,
            published: time(self.published.trim()),
            text,
            packages: self.packages,
        }
    }
}

/// RFC 3339 as Atom and JSON Feed have it, RFC 2822 as RSS has it.
fn time(text: &str) -> Option<Timestamp> {
    let plain: Option<Timestamp> = text.parse().ok();
    plain.or_else(|| DateTimeParser::new().parse_timestamp(text).ok())
}

#[cfg(test)]
mod tests;
