//! What a project would install: every lockfile that npm, yarn, pnpm and bun write, as one list of entries. Values are kept
//! as they are written, with their places; what is wrong with them is for rules to say. A file that is not understood is
//! an error with its place.

mod bun;
mod error;
mod graph;
mod inventory;
pub mod json;
pub mod manifest;
pub mod node;
mod package_lock;
mod place;
mod pnpm;
mod source;
pub mod yaml;
mod yarn_1;
pub mod yarn_archive;
mod yarn_berry;

use std::fmt;

pub use error::{Fault, LockfileError};
pub use graph::{Reach, Reached};
pub use inventory::{Inventory, Item};
pub use manifest::Manifest;
pub use place::{Lines, Place, Spot, Text};
pub use source::Source;

use crate::PackageName;

/// Largest file that is read, in bytes. One with 60,000 entries has about 25 MB.
pub const SIZE_LIMIT: usize = 128 << 20;

/// Entries that are read.
pub const ENTRIES_LIMIT: usize = 400_000;

/// A lockfile that was understood.
#[derive(Clone, Debug)]
pub struct Lockfile {
    pub format: Format,
    /// The form's version as it is written: `3`, `9.0`.
    pub version: Text,
    /// In the order of the file. The project itself and its workspaces are among them.
    pub entries: Vec<Locked>,
    /// The entries that are the project's own: where every path begins.
    pub importers: Vec<u32>,
    /// What stands beside the entries and changes what is installed.
    pub settings: Vec<Setting>,
    /// The second half of a package-lock of version 2, which only old clients read: same keys, maybe other values.
    pub legacy: Vec<Locked>,
    /// Oddities that do not keep the file from being understood.
    pub remarks: Vec<Remark>,
}

/// The forms of lockfiles, one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `package-lock.json`, `npm-shrinkwrap.json`: versions 1, 2, 3.
    PackageLock,
    Yarn1,
    /// Yarn 2 and later.
    YarnBerry,
    /// Versions 5, 6, 9.
    Pnpm,
    Bun,
}

/// One entry.
#[derive(Clone, Debug, Default)]
pub struct Locked {
    /// As the file names it: a path, descriptors, `name@version(peers)`.
    pub key: Box<str>,
    /// The key's place.
    pub at: Spot,
    /// The package that is fetched; empty for a project that does not say its name.
    pub name: Box<str>,
    /// The name that it is imported by, if that is another.
    pub alias: Option<Box<str>>,
    pub version: Option<Text>,
    pub source: Source,
    /// The address that it is fetched from, if the file says one; of links the folder.
    pub resolved: Option<Text>,
    /// The checksum of the tarball, as it is written.
    pub integrity: Option<Text>,
    /// The checksum of yarn's own archive: nothing that a registry knows.
    pub checksum: Option<Text>,
    /// What the file says, or what follows from [`Lockfile::reach`] where it does not say.
    pub dev: bool,
    pub optional: bool,
    pub peer: bool,
    /// Comes inside another package's tarball, so it has no checksum of its own.
    pub bundled: bool,
    /// A part of yarn or pnpm that is kept in the project's own lockfile.
    pub is_tool: bool,
    /// What the file says; nothing where it does not.
    pub has_install_script: Option<bool>,
    /// Brings an npm-shrinkwrap.json: its author pins what is below it.
    pub has_shrinkwrap: bool,
    /// Changed after it was fetched: a patch file, or its hash.
    pub patch: Option<Text>,
    pub deprecated: bool,
    /// As the package writes it, where the file has it.
    pub license: Option<Box<str>>,
    /// Only for some platforms.
    pub is_platform_bound: bool,
    pub dependencies: Vec<Dependency>,
}

/// What an entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name that it is imported by.
    pub name: Box<str>,
    /// The range, or what else is asked for, or what it was resolved to where the file says only that.
    pub spec: Box<str>,
    pub kind: Kind,
    pub at: Spot,
    /// The entry that it leads to; nothing if there is none, as for optional ones that were left out.
    pub to: Option<u32>,
}

/// Why it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    #[default]
    Production,
    Optional,
    Peer,
    Development,
}

/// A value beside the entries: `overrides`, `trustedDependencies`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub group: &'static str,
    pub key: Box<str>,
    pub value: Text,
}

/// An oddity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub at: Spot,
    pub text: &'static str,
}

impl Format {
    /// By the name of the file and, where two share it, by its first lines.
    pub fn of(file: &str, text: &str) -> Option<Self> {
        Some(match file {
            "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json" => Self::PackageLock,
            "pnpm-lock.yaml" => Self::Pnpm,
            "bun.lock" => Self::Bun,
            "yarn.lock" if is_berry(text) => Self::YarnBerry,
            "yarn.lock" => Self::Yarn1,
            _ => return None,
        })
    }

    /// As people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PackageLock => "package-lock",
            Self::Yarn1 => "yarn",
            Self::YarnBerry => "yarn berry",
            Self::Pnpm => "pnpm",
            Self::Bun => "bun",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Names of files that are lockfiles, those that are not readable included.
pub const FILES: &[&str] = &[
    "npm-shrinkwrap.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
];

fn is_berry(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "__metadata:")
}

impl Lockfile {
    /// Reads a file of this name. `manifests` are the project's own `package.json` files, the root's first: some lockfiles
    /// do not record what the project asks for, or its names.
    pub fn parse(file: &str, bytes: &[u8], manifests: &[Manifest]) -> Result<Self, LockfileError> {
        let text = readable(file, bytes)?;
        let Some(format) = Format::of(file, text) else {
            let message = format!("{} is no lockfile's name", error::shown(file));
            return Err(LockfileError::form(text, 0, message));
        };
        let mut lockfile = match format {
            Format::PackageLock => package_lock::read(text, manifests),
            Format::Yarn1 => yarn_1::read(text, manifests),
            Format::YarnBerry => yarn_berry::read(text, manifests),
            Format::Pnpm => pnpm::read(text, manifests),
            Format::Bun => bun::read(text),
        }?;
        if text.starts_with('\u{feff}') {
            lockfile.remarks.push(Remark {
                at: Spot::default(),
                text: "the file begins with a byte order mark",
            });
        }
        Ok(lockfile)
    }

    /// The packages that come from elsewhere: all but the project's own.
    pub fn packages(&self) -> impl Iterator<Item = &Locked> {
        self.entries
            .iter()
            .filter(|entry| entry.source != Source::Workspace)
    }
}

impl Locked {
    /// `name@version`; the key where there is no version.
    pub fn id(&self) -> String {
        match &self.version {
            Some(version) if !self.name.is_empty() => format!("{}@{}", self.name, version.text),
            _ => self.key.to_string(),
        }
    }

    /// The name, if a registry could have a package of it.
    pub fn package_name(&self) -> Option<PackageName> {
        PackageName::parse(&self.name).ok()
    }

    /// The name that it is imported by.
    pub fn imported_as(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// The text of a lockfile, if it can be one.
fn readable<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, LockfileError> {
    let fault = |fault: Fault| LockfileError {
        place: Place { line: 1, column: 1 },
        fault,
    };
    if file == "bun.lockb" {
        return Err(fault(Fault::Binary));
    }
    if bytes.len() > SIZE_LIMIT {
        return Err(fault(Fault::TooLarge {
            size: bytes.len(),
            limit: SIZE_LIMIT,
        }));
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let valid = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        LockfileError::at(valid, valid.len(), Fault::NotText)
    })?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(fault(Fault::Empty));
    }
    match conflict_marker(text) {
        Some(offset) => Err(LockfileError::at(text, offset, Fault::ConflictMarkers)),
        None => Ok(text),
    }
}

/// Where a merge that nobody finished begins.
fn conflict_marker(text: &str) -> Option<usize> {
    let markers = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
    let starts = markers.iter().filter(|marker| text.starts_with(**marker));
    let first = starts.map(|_| 0);
    let inside = markers.iter().filter_map(|marker| {
        let found = text.match_indices(marker).map(|(offset, _)| offset);
        found
            .into_iter()
            .find(|offset| *offset > 0 && text.as_bytes()[offset - 1] == b'\n')
    });
    first.chain(inside).min()
}

/// The entries that a reader has made so far, within bounds.
#[derive(Default)]
struct Entries {
    all: Vec<Locked>,
}

impl Entries {
    fn push(&mut self, text: &str, entry: Locked) -> Result<u32, LockfileError> {
        if self.all.len() >= ENTRIES_LIMIT {
            let offset = entry.at.start as usize;
            return Err(LockfileError::at(
                text,
                offset,
                Fault::TooMany(ENTRIES_LIMIT),
            ));
        }
        self.all.push(entry);
        Ok(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
