//! A JSON or YAML document in which every key and value knows its place.

use std::borrow::Cow;
use std::collections::HashSet;

use super::error::{LockfileError, shown};
use super::place::{Spot, Text};
use super::{Dependency, Kind};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    pub at: Spot,
    pub value: Value<'a>,
}

/// What it is. Plain scalars of YAML are texts, but for `true`, `false`, `null` and nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<Field<'a>>),
}

/// A key and its value. No object has one key twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    pub key: Cow<'a, str>,
    /// Where the key stands, quotes included.
    pub at: Spot,
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Texts and numbers as they are written: versions of files are either.
    pub fn as_scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Number(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// `true`, as texts and in capitals too, as readers of settings take it.
    pub fn is_true(&self) -> bool {
        let is_written = |text: &str| text.eq_ignore_ascii_case("true");
        self.as_bool() == Some(true) || self.as_str().is_some_and(is_written)
    }

    /// `false`, in the same way.
    pub fn is_false(&self) -> bool {
        let is_written = |text: &str| text.eq_ignore_ascii_case("false");
        self.as_bool() == Some(false) || self.as_str().is_some_and(is_written)
    }

    pub fn fields(&self) -> &[Field<'a>] {
        match &self.value {
            Value::Object(fields) => fields,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The value of a key; nothing if this is no object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let mut fields = self.fields().iter();
        fields
            .find(|field| field.key == key)
            .map(|field| &field.node)
    }

    /// A text of an object, with its place.
    pub(super) fn text(&self, key: &str) -> Option<Text> {
        let node = self.get(key)?;
        Some(Text::new(node.as_scalar()?, node.at))
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Self::as_bool) == Some(true)
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

/// Reads fields of a document and says where they are wrong.
#[derive(Clone, Copy)]
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
}

impl<'t> Document<'t> {
    pub(super) fn wrong(self, at: Spot, message: impl Into<String>) -> LockfileError {
        LockfileError::form(self.text, at.start as usize, message)
    }

    /// The fields of an object under a key; none if the key is not there.
    pub(super) fn object<'n, 'a>(
        self,
        node: &'n Node<'a>,
        key: &str,
    ) -> Result<&'n [Field<'a>], LockfileError> {
        match node.get(key) {
            None => Ok(&[]),
            Some(value) if value.is_null() => Ok(&[]),
            Some(value) if value.is_object() => Ok(value.fields()),
            Some(other) => Err(self.wrong(
                other.at,
                format!("\"{}\" is {}, not an object", shown(key), other.kind()),
            )),
        }
    }

    /// The text under a key. A value of another kind is an error: `"integrity": 5` means something else to each reader.
    /// (What YAML has without quotes is a text, `version: 5.4` too.)
    pub(super) fn text_of(self, node: &Node<'_>, key: &str) -> Result<Option<Text>, LockfileError> {
        self.value_of(node, key, |node| node.as_str())
    }

    /// The `lockfileVersion`: a number in JSON, a text in YAML.
    pub(super) fn version_of(self, node: &Node<'_>) -> Result<Option<Text>, LockfileError> {
        self.value_of(node, "lockfileVersion", |node| node.as_scalar())
    }

    fn value_of<'a>(
        self,
        node: &Node<'a>,
        key: &str,
        read: for<'n> fn(&'n Node<'a>) -> Option<&'n str>,
    ) -> Result<Option<Text>, LockfileError> {
        match node.get(key) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(text) => Ok(Some(Text::new(text, value.at))),
                None => Err(self.wrong(
                    value.at,
                    format!("\"{}\" is {}, not a text", shown(key), value.kind()),
                )),
            },
        }
    }

    /// Adds the dependencies of a list. A name that an earlier list has is left out.
    pub(super) fn add_dependencies(
        self,
        node: &Node<'_>,
        group: &str,
        kind: Kind,
        found: &mut Vec<Dependency>,
    ) -> Result<(), LockfileError> {
        let fields = self.object(node, group)?;
        if fields.is_empty() {
            return Ok(());
        }
        let earlier = found.len();
        let known: HashSet<Box<str>> = match earlier {
            0..=FEW => HashSet::new(),
            _ => found.iter().map(|known| known.name.clone()).collect(),
        };
        for field in fields {
            let spec = self.scalar(field)?;
            let is_known = match earlier {
                0..=FEW => found[..earlier]
                    .iter()
                    .any(|known| *known.name == *field.key),
                _ => known.contains(field.key.as_ref()),
            };
            if !is_known {
                found.push(Dependency {
                    name: field.key.as_ref().into(),
                    spec: spec.into(),
                    kind,
                    at: field.at,
                    to: None,
                });
            }
        }
        Ok(())
    }

    /// A key that is a path in `node_modules`: bounded, because every dependency walks up it.
    pub(super) fn path(self, field: &Field<'_>) -> Result<(), LockfileError> {
        let depth = field.key.bytes().filter(|byte| *byte == b'/').count();
        if field.key.len() > PATH_LIMIT || depth > PATH_DEPTH_LIMIT {
            let message =
                format!("a path of more than {PATH_LIMIT} bytes or {PATH_DEPTH_LIMIT} folders");
            return Err(self.wrong(field.at, message));
        }
        Ok(())
    }

    /// A field's value as text.
    pub(super) fn scalar<'n>(self, field: &'n Field<'_>) -> Result<&'n str, LockfileError> {
        field.node.as_str().ok_or_else(|| {
            let kind = field.node.kind();
            let key = shown(&field.key);
            self.wrong(field.node.at, format!("\"{key}\" is {kind}, not a text"))
        })
    }
}

/// Longest path of an entry.
const PATH_LIMIT: usize = 2048;

/// Deepest path of an entry.
const PATH_DEPTH_LIMIT: usize = 120;

/// Below this, comparing each with each is faster than hashing.
const FEW: usize = 12;

/// The place of a key that an earlier one equals.
pub(super) fn duplicate<'f>(fields: &'f [Field<'_>]) -> Option<&'f Field<'f>> {
    if fields.len() <= FEW {
        let mut pairs = fields.iter().enumerate();
        let found = pairs.find(|(index, field)| {
            let mut earlier = fields[..*index].iter();
            earlier.any(|other| other.key == field.key)
        });
        return found.map(|(_, field)| field);
    }
    let mut known = HashSet::with_capacity(fields.len());
    fields
        .iter()
        .find(|field| !known.insert(field.key.as_ref()))
}
