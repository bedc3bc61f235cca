//! `package.json` as it lies in a tarball: what it says, in what order, and what is wrong with it. A field of a wrong
//! type is noted and passed over, as npm does; only what is no JSON object at all is an error.

pub mod confusion;
mod exports;
mod fields;
mod read;

use std::fmt;

pub use exports::Target;

/// Longest document that is read, in bytes. The largest of popular packages have some 100 KB.
pub const PACKAGE_JSON_LIMIT: usize = 4 << 20;

/// Entries that are read of one field.
pub const ENTRIES_LIMIT: usize = 10_000;

/// Names and values in the order of the document. A name that is there twice is in here twice.
pub type Pairs = Vec<(String, String)>;

/// What a `package.json` says. A field that is not there, or has a wrong type, is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageJson {
    pub name: Option<String>,
    pub version: Option<String>,
    pub description: Option<String>,
    /// `license`, or the `type` of old licence objects, several joined by `OR`.
    pub license: Option<String>,
    pub homepage: Option<String>,
    /// `repository` as text, or its `url`.
    pub repository: Option<String>,

    pub scripts: Pairs,
    pub dependencies: Pairs,
    pub optional_dependencies: Pairs,
    pub peer_dependencies: Pairs,
    pub dev_dependencies: Pairs,
    /// `bundleDependencies` or `bundledDependencies`; of `true` all `dependencies`.
    pub bundle_dependencies: Vec<String>,

    /// Command and file. A `bin` that is a text is named after the package, without its scope.
    pub bin: Pairs,
    /// `directories.bin`: every file in it is a command.
    pub bin_folder: Option<String>,
    pub main: Option<String>,
    pub module: Option<String>,
    pub types: Option<String>,
    /// What bundlers take instead: a module and its replacement, `None` to leave it out. The text form replaces `main`,
    /// and stands here under `.`.
    pub browser: Vec<(String, Option<String>)>,
    pub exports: Vec<Target>,
    pub imports: Vec<Target>,
    /// `type`: `module` or `commonjs`.
    pub module_type: Option<String>,
    pub gypfile: Option<bool>,
    pub files: Vec<String>,

    pub engines: Pairs,
    pub os: Vec<String>,
    pub cpu: Vec<String>,
    pub libc: Vec<String>,
    /// The registry's word that there are scripts to run on install; packages themselves do not have it.
    pub has_install_script: Option<bool>,
    pub is_private: bool,
    pub has_publish_config: bool,
    pub has_workspaces: bool,

    /// The names of all fields in their order, those included that are not read here.
    pub fields: Vec<String>,

    /// Fields of wrong types, keys that are there twice, text that is not UTF-8.
    pub problems: Vec<Problem>,
}

/// Something that readers of this document treat differently, or pass over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// Which field: `scripts`, or `scripts.postinstall`.
    pub field: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProblemKind {
    /// JavaScript takes the last of two equal keys, other readers another.
    DuplicateKey,
    WrongType,
    TooMany,
    TooDeep,
    /// Not UTF-8, or half a surrogate pair: replaced by U+FFFD.
    BrokenText,
    /// Begins with a byte order mark, which clients take off.
    ByteOrderMark,
}

/// Why a `package.json` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageJsonError {
    #[error("package.json has {size} bytes, more than the limit of {PACKAGE_JSON_LIMIT}")]
    TooLarge { size: usize },
    #[error("package.json is not JSON: {0}")]
    NotJson(String),
    #[error("package.json is not an object")]
    NotAnObject,
}

impl PackageJson {
    /// Reads a document.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageJsonError> {
        if bytes.len() > PACKAGE_JSON_LIMIT {
            return Err(PackageJsonError::TooLarge { size: bytes.len() });
        }
        fields::read(bytes)
    }

    /// Whether a field is there, whatever it holds.
    pub fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|own| own == field)
    }

    /// The last script of that name, which is the one that runs.
    pub fn script(&self, name: &str) -> Option<&str> {
        let found = self.scripts.iter().rev().find(|(own, _)| own == name);
        found.map(|(_, command)| command.as_str())
    }

    /// Whether it says something twice or in a way that readers take differently.
    pub fn has_duplicate_keys(&self) -> bool {
        let mut problems = self.problems.iter();
        problems.any(|problem| problem.kind == ProblemKind::DuplicateKey)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = crate::text::printable_up_to(&self.field, 120);
        match self.kind {
            ProblemKind::DuplicateKey => write!(out, "`{field}` is there twice"),
            ProblemKind::WrongType => write!(out, "`{field}` has a wrong type"),
            ProblemKind::TooMany => write!(out, "`{field}` has more entries than are read"),
            ProblemKind::TooDeep => write!(out, "`{field}` is nested too deeply"),
            ProblemKind::BrokenText => write!(out, "{field} has text that is not Unicode"),
            ProblemKind::ByteOrderMark => write!(out, "{field} begins with a byte order mark"),
        }
    }
}

#[cfg(test)]
mod tests;
