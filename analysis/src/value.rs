//! What is known of an expression's value without running it.

use std::rc::Rc;

/// A value as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Undefined,
    Null,
    Boolean(bool),
    Number(f64),
    String(Rc<str>),
    /// A regular expression's source, without flags.
    Regex(Rc<str>),
    Array(Rc<[Self]>),
    /// Members in source order; a spread or computed key that is not known is left out.
    Object(Rc<[(Rc<str>, Self)]>),
    /// A function of the same file: its place in [`Facts::functions`](crate::Facts::functions).
    Function(u32),
    /// Not known, but named: `process.env.NPM_TOKEN`, `os.hostname()`, `fs.readFileSync()`. Written as callees are.
    Path(Rc<str>),
    /// A string of which parts are known: `"https://collector.invalid/" + process.env.HOME`.
    Concat(Rc<[Self]>),
    Unknown,
}

impl Value {
    /// The text, where all of it is known.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text that it certainly begins with: all of a string, the first part of a concatenation.
    pub fn prefix(&self) -> Option<&str> {
        match self {
            Self::Concat(parts) => parts.first()?.prefix(),
            _ => self.text(),
        }
    }

    /// The member of an object whose keys are known.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(key, _)| &**key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Calls `visit` with every known text in it, whole or part, however deep.
    pub fn texts<'v>(&'v self, visit: &mut impl FnMut(&'v str)) {
        match self {
            Self::String(text) => visit(text),
            Self::Array(parts) | Self::Concat(parts) => {
                parts.iter().for_each(|part| part.texts(visit))
            }
            Self::Object(members) => members.iter().for_each(|(_, value)| value.texts(visit)),
            _ => {}
        }
    }
}
