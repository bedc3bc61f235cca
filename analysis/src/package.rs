//! One version as it lies in its tarball or folder, with what the registry says of it where that is known.

use bytes::Bytes;

use crate::history::History;

/// One file, below the package's root.
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub bytes: Bytes,
    /// The archive has more than one of this path, or only some clients extract it.
    pub disputed: bool,
}

/// What is inspected.
#[derive(Clone, Debug, Default)]
pub struct Package {
    pub files: Vec<File>,
    /// What is outside the canonical profile of npm tarballs, in words; empty for a folder.
    pub archive: Vec<String>,
    /// Why not all of it could be read; empty if all was.
    pub incomplete: Vec<String>,
    /// In what the registry's manifest differs from the tarball's `package.json`, in words; empty if it does not, or
    /// if no registry was asked.
    pub confusion: Vec<String>,
    /// What the registry tells of this version, if it was asked.
    pub history: Option<History>,
}
