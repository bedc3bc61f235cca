//! Values as the folding interpreter holds them: known, named, or not known.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::tree::{FnId, Sym};
use crate::value::Value;

/// A value while code is folded. Flags say that the value was hidden: decoded from something, not merely joined.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Unknown,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>, bool),
    Bytes(Rc<[u8]>),
    Regex(Rc<str>),
    Array(Rc<RefCell<Vec<Self>>>),
    Object(Rc<RefCell<Members>>),
    Function(FnId, Option<Rc<Frame>>),
    Path(Rc<str>, bool),
    Concat(Rc<[Self]>, bool),
}

pub(super) type Members = Vec<(Rc<str>, Known)>;

/// The bindings of one call that is being folded.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) function: FnId,
    pub(super) bindings: RefCell<FxHashMap<Sym, Known>>,
    pub(super) parent: Option<Rc<Self>>,
    pub(super) arguments: RefCell<Option<Known>>,
}

/// How deep a value is shown to detectors.
const DEPTH: usize = 6;
/// How much of one value is shown to detectors.
pub(super) const ONE_VALUE: usize = 1_024;

impl Known {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into(), false)
    }

    pub(super) fn decoded(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into(), true)
    }

    pub(super) fn path(path: impl Into<Rc<str>>) -> Self {
        Self::Path(path.into(), false)
    }

    pub(super) fn array(items: Vec<Self>) -> Self {
        Self::Array(Rc::new(RefCell::new(items)))
    }

    pub(super) fn object(members: Members) -> Self {
        Self::Object(Rc::new(RefCell::new(members)))
    }

    /// A constant of another file.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Undefined => Self::Undefined,
            Value::Null => Self::Null,
            Value::Boolean(value) => Self::Bool(*value),
            Value::Number(value) => Self::Number(*value),
            Value::String(text) => Self::Text(text.clone(), false),
            Value::Array(items) => Self::array(items.iter().map(Self::of).collect()),
            Value::Object(members) => {
                let members = members.iter();
                Self::object(
                    members
                        .map(|(key, value)| (key.clone(), Self::of(value)))
                        .collect(),
                )
            }
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Nothing in it is unknown or merely named.
    pub(super) fn is_constant(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Path(..) | Self::Concat(..))
    }

    /// Whether any part of it was hidden.
    pub(super) fn is_hidden(&self) -> bool {
        match self {
            Self::Text(_, hidden) | Self::Path(_, hidden) | Self::Concat(_, hidden) => *hidden,
            Self::Array(items) => items.try_borrow().is_ok_and(|items| {
                items
                    .iter()
                    .take(8)
                    .any(|item| matches!(item, Self::Text(_, true)))
            }),
            Self::Object(members) => members.try_borrow().is_ok_and(|members| {
                members
                    .iter()
                    .take(32)
                    .any(|(_, item)| matches!(item, Self::Text(_, true) | Self::Concat(_, true)))
            }),
            _ => false,
        }
    }

    pub(super) fn with_hidden(self, hidden: bool) -> Self {
        match self {
            Self::Text(text, own) => Self::Text(text, own || hidden),
            Self::Path(path, own) => Self::Path(path, own || hidden),
            Self::Concat(parts, own) => Self::Concat(parts, own || hidden),
            other => other,
        }
    }

    /// As detectors see it, with at most `left` values; what is more is not known.
    pub(super) fn shown(&self, left: &mut usize) -> Value {
        self.shown_to(DEPTH, left)
    }

    fn shown_to(&self, depth: usize, left: &mut usize) -> Value {
        if *left == 0 {
            return Value::Unknown;
        }
        *left -= 1;
        match self {
            Self::Unknown => Value::Unknown,
            Self::Undefined => Value::Undefined,
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Boolean(*value),
            Self::Number(value) => Value::Number(*value),
            Self::Text(text, _) => Value::String(text.clone()),
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Value::String(text.into()),
                Err(_) => Value::Unknown,
            },
            Self::Regex(source) => Value::Regex(source.clone()),
            Self::Path(path, _) => Value::Path(path.clone()),
            Self::Function(id, _) => Value::Function(*id),
            _ if depth == 0 => Value::Unknown,
            Self::Array(items) => match items.try_borrow() {
                Ok(items) => Value::Array(some(items.iter(), left, |item, left| {
                    item.shown_to(depth - 1, left)
                })),
                Err(_) => Value::Unknown,
            },
            Self::Object(members) => match members.try_borrow() {
                Ok(members) => Value::Object(some(members.iter(), left, |(key, value), left| {
                    (key.clone(), value.shown_to(depth - 1, left))
                })),
                Err(_) => Value::Unknown,
            },
            Self::Concat(parts, _) => Value::Concat(some(parts.iter(), left, |part, left| {
                part.shown_to(depth - 1, left)
            })),
        }
    }
}

/// As many as there is room for.
fn some<I, O>(
    items: impl Iterator<Item = I>,
    left: &mut usize,
    mut show: impl FnMut(I, &mut usize) -> O,
) -> Rc<[O]> {
    let mut shown = Vec::new();
    for item in items {
        if *left == 0 {
            break;
        }
        shown.push(show(item, left));
    }
    shown.into()
}

/// What ends a folding early.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// It depends on something that is not known.
    Unknown,
    /// Out of steps, bytes or depth.
    Budget,
    Throw(Known),
    Return(Known),
    Break(Option<Rc<str>>),
    Continue,
}

pub(super) type Folded = Result<Known, Stop>;
