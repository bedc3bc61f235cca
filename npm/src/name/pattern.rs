//! The patterns by which policy lists name packages: `left-pad`, `@ours/*`, `ours-*`, `*`.

use std::fmt;

use crate::as_text::as_text;
use crate::name::{NAME_LIMIT, PackageName};
use crate::text::printable_up_to;

/// One package by its whole name, or all whose names start with what stands before a final `*`.
/// `*` alone means every package, `@ours/*` every package of that scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern {
    /// The name, or its start if `open`.
    text: Box<str>,
    open: bool,
}

/// Why a text is not a name pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a package name or pattern: write a name (left-pad), a scope (@ours/*), the start of a name (ours-*), or * for all"
)]
pub struct PatternError(String);

impl NamePattern {
    /// Parses a name, or a name's start that ends with its only `*`.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let refused = || PatternError(printable_up_to(pattern, 80).into_owned());
        let Some(start) = pattern.strip_suffix('*') else {
            // Old names may hold stars, but `lodash.*-x` in a list is meant as more than itself.
            if pattern.contains('*') {
                return Err(refused());
            }
            let name = PackageName::parse(pattern).map_err(|_| refused())?;
            return Ok(Self {
                text: name.as_str().into(),
                open: false,
            });
        };
        // `@*` and `@ours*` are refused: the first is hardly meant, the second would cover foreign scopes.
        let scope_is_whole = !start.starts_with('@') || start.contains('/');
        if !scope_is_whole || start.contains('*') || !starts_a_name(start) {
            return Err(refused());
        }
        Ok(Self {
            text: start.into(),
            open: true,
        })
    }

    /// Whether the pattern means this package. Case counts, as in names.
    pub fn matches(&self, name: &PackageName) -> bool {
        if self.open {
            name.as_str().starts_with(&*self.text)
        } else {
            name.as_str() == &*self.text
        }
    }

    /// Whether the pattern means every package.
    pub fn is_everything(&self) -> bool {
        self.open && self.text.is_empty()
    }
}

/// Whether some package name starts so: then it is a name once a letter follows.
fn starts_a_name(start: &str) -> bool {
    start.len() < NAME_LIMIT && PackageName::parse(&format!("{start}a")).is_ok()
}

impl fmt::Display for NamePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)?;
        if self.open {
            out.write_str("*")?;
        }
        Ok(())
    }
}

as_text!(
    NamePattern,
    PatternError,
    "a package name or a pattern such as @scope/*"
);

#[cfg(test)]
mod tests;
