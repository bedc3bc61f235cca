//! Package names, new and legacy, as npm installs them; and the patterns that policy lists name them by.

mod pattern;

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::as_text::as_text;
use crate::text::printable_up_to;

pub use pattern::{NamePattern, PatternError};

/// Longest name of a package, scope included, that npm lets anybody publish, in characters.
pub const NAME_LIMIT: usize = 214;

/// What JavaScript's `encodeURIComponent` leaves alone besides letters and digits.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'@');

/// `left-pad` or `@scope/name`: what npm's documented naming rules call valid for old packages, so that
/// `JSONStream` is one. Stricter than npm in two points: 214 characters bind old names too, and a scope
/// may not start with a period (no path of ours can ever read `..`).
///
/// Compared byte by byte: npm's names are case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(Arc<str>);

/// Why a text is not a package name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is not a package name: {fault}")]
pub struct NameError {
    name: String,
    fault: NameFault,
}

/// The rule that a name broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFault {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {NAME_LIMIT} characters")]
    TooLong,
    #[error("it starts with a period, an underscore or a hyphen")]
    BadStart,
    #[error("only letters, digits and - _ . ! ~ * ' ( ) may occur, and one / after an @scope")]
    BadCharacter,
    #[error("a scoped name reads @scope/name")]
    BadScope,
    #[error("npm reserves it")]
    Reserved,
}

impl PackageName {
    /// Parses a decoded name: `%2f` is not understood here, whoever reads a URL decodes it first.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        match fault_of(name) {
            None => Ok(Self(Arc::from(name))),
            Some(fault) => Err(NameError {
                name: printable_up_to(name, 80).into_owned(),
                fault,
            }),
        }
    }

    /// The whole name, `@scope/name` or `name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope with its `@`, without the slash.
    pub fn scope(&self) -> Option<&str> {
        self.0.starts_with('@').then(|| self.split().0)
    }

    /// The name without its scope.
    pub fn bare(&self) -> &str {
        self.split().1
    }

    /// The name as one segment of a URL path: `@scope%2fname`, as npm itself asks for it.
    pub fn encoded(&self) -> String {
        let bare = utf8_percent_encode(self.bare(), COMPONENT);
        match self.scope() {
            Some(scope) => format!("{}%2f{bare}", utf8_percent_encode(scope, COMPONENT)),
            None => bare.to_string(),
        }
    }

    /// The canonical file name of a version's tarball: `name-1.0.0.tgz`, without the scope.
    pub fn tarball_file(&self, version: &str) -> String {
        format!("{}-{version}.tgz", self.bare())
    }

    fn split(&self) -> (&str, &str) {
        self.0.split_once('/').unwrap_or(("", &self.0))
    }
}

impl NameError {
    /// The rule that was broken.
    pub fn fault(&self) -> NameFault {
        self.fault
    }
}

fn fault_of(name: &str) -> Option<NameFault> {
    if name.is_empty() {
        return Some(NameFault::Empty);
    }
    if name.len() > NAME_LIMIT {
        return Some(NameFault::TooLong);
    }
    let (scope, bare) = match name.strip_prefix('@') {
        Some(scoped) => match scoped.split_once('/') {
            Some((scope, bare)) if !scope.is_empty() && !bare.is_empty() => (Some(scope), bare),
            _ => return Some(NameFault::BadScope),
        },
        None => (None, name),
    };
    if !scope.unwrap_or_default().bytes().all(is_url_safe) || !bare.bytes().all(is_url_safe) {
        return Some(NameFault::BadCharacter);
    }
    if scope.is_some_and(|scope| scope.starts_with('.')) || bare.starts_with('.') {
        return Some(NameFault::BadStart);
    }
    if scope.is_none() {
        if bare.starts_with(['_', '-']) {
            return Some(NameFault::BadStart);
        }
        if bare.eq_ignore_ascii_case("node_modules") || bare.eq_ignore_ascii_case("favicon.ico") {
            return Some(NameFault::Reserved);
        }
    }
    None
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

impl fmt::Display for PackageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Debug for PackageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, out)
    }
}

impl AsRef<str> for PackageName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Maps keyed by name can be asked with a `&str`.
impl Borrow<str> for PackageName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

as_text!(PackageName, NameError, "a package name");

#[cfg(test)]
mod tests;
