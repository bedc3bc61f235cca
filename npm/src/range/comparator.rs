//! One comparison with one version: what every kind of range comes down to.

use std::fmt;

use crate::version::{Identifier, Version};

/// `>=1.2.3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Comparator {
    pub(super) operator: Operator,
    pub(super) bound: Version,
    /// With prereleases included, the bound stands for its whole release: `>=1.2.0` that was written `1.2`
    /// begins at `1.2.0-0`, and the `<=2.0.0` of a hyphen range ends before `2.0.1-0`.
    pub(super) whole_release: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Comparator {
    pub(super) fn new(operator: Operator, bound: Version) -> Self {
        Self {
            operator,
            bound,
            whole_release: false,
        }
    }

    /// At or above a release that was written incompletely.
    pub(super) fn from(release: (u64, u64, u64)) -> Self {
        Self {
            operator: Operator::GreaterOrEqual,
            bound: Version::with_pre(release, Box::default()),
            whole_release: true,
        }
    }

    /// Below a release and all its prereleases: npm writes `<2.0.0-0`.
    pub(super) fn before(release: (u64, u64, u64)) -> Self {
        let first = Box::new([Identifier::Number(0)]);
        Self::new(Operator::Less, Version::with_pre(release, first))
    }

    /// What no version satisfies: `<0.0.0-0`.
    pub(super) fn nothing() -> Self {
        Self::before((0, 0, 0))
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::nothing()
    }

    /// npm reads `>=0.0.0` as any version, and lets it decide about no prerelease.
    pub(super) fn is_anything(&self) -> bool {
        self.operator == Operator::GreaterOrEqual && self.bound == Version::new(0, 0, 0)
    }

    /// Whether both display alike.
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        self.operator == other.operator && self.bound == other.bound
    }

    pub(super) fn admits(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Less => *version < self.bound,
            Operator::LessOrEqual => *version <= self.bound,
            Operator::Greater => *version > self.bound,
            Operator::GreaterOrEqual => *version >= self.bound || self.is_anything(),
            Operator::Equal => *version == self.bound,
        }
    }

    pub(super) fn admits_including_prereleases(&self, version: &Version) -> bool {
        match self.operator {
            Operator::LessOrEqual if self.whole_release => {
                version.release() <= self.bound.release()
            }
            Operator::GreaterOrEqual if self.whole_release => {
                version.release() >= self.bound.release()
            }
            Operator::GreaterOrEqual => *version >= self.bound,
            _ => self.admits(version),
        }
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.operator {
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Equal => "",
        })?;
        self.bound.fmt(out)
    }
}
