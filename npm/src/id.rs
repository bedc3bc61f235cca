//! One version of one package: `chalk@5.6.1`.

use std::fmt;

use crate::as_text::as_text;
use crate::name::{NameError, PackageName};
use crate::version::{Version, VersionError};

/// A name and an exact version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    pub name: PackageName,
    pub version: Version,
}

/// Why a text is not `name@version`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageIdError {
    #[error("write the package with its version, as in chalk@5.6.1")]
    NoVersion,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl PackageId {
    /// Parses `name@version` or `@scope/name@version`.
    pub fn parse(text: &str) -> Result<Self, PackageIdError> {
        let (name, version) = split_at_version(text);
        Ok(Self {
            name: PackageName::parse(name)?,
            version: Version::parse(version.ok_or(PackageIdError::NoVersion)?)?,
        })
    }
}

/// Splits at the first `@` that is not a scope's.
pub(crate) fn split_at_version(text: &str) -> (&str, Option<&str>) {
    let scope = usize::from(text.starts_with('@'));
    match text[scope..].split_once('@') {
        Some((name, version)) => (&text[..scope + name.len()], Some(version)),
        None => (text, None),
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.name, self.version)
    }
}

as_text!(
    PackageId,
    PackageIdError,
    "a package and its version, such as chalk@5.6.1"
);

#[cfg(test)]
mod tests;
