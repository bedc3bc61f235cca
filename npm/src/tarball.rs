//! A package's archive, read over its own blocks as every client would read it: what npm extracts, and everything that
//! another client would extract instead. Nothing is ever unpacked to disk.

mod gzip;
mod header;
mod irregularity;
mod layout;
mod limits;
mod links;
mod name;
mod notes;
mod number;
mod pax;
mod sparse;
mod walk;

use bytes::Bytes;

use crate::digest::{Digests, Hasher};
use crate::integrity::{Integrity, Mismatch};

pub use irregularity::{Irregularity, Kind};
pub use limits::{Incomplete, Limit, Limits};

use notes::Notes;

/// The bytes of a `.tgz`.
#[derive(Clone, Debug)]
pub struct Tarball {
    bytes: Bytes,
    digests: Option<Digests>,
}

/// What is in a tarball: the union of what any client would extract.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Ordered by path, folder by folder; files of one path in the order of the archive.
    pub files: Vec<Entry>,
    /// What is outside the canonical profile, on which clients differ. Empty together with `incomplete` means that
    /// every client extracts exactly `files`.
    pub irregularities: Vec<Irregularity>,
    /// Limits that were hit: there may be more in the archive than is listed here.
    pub incomplete: Vec<Incomplete>,
    /// The folder that all files lie in, nearly always `package`; nothing if there are several or none.
    pub root: Option<String>,
    /// Bytes after decompression.
    pub unpacked: usize,
}

/// One file below the root folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// With `/` between its parts and the root folder taken off; relative, without `.` and `..`.
    pub path: String,
    /// A slice of the unpacked archive, shared with all others.
    pub bytes: Bytes,
    /// One of the three executable bits is set. Clients set it for the files of `bin` besides.
    pub executable: bool,
    /// Some client extracts another file at this path, or none.
    pub disputed: bool,
    /// Where its header lies in the unpacked archive.
    pub offset: usize,
}

/// Why nothing could be read at all. Never a clean package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TarballError {
    #[error("the tarball is empty")]
    Empty,
    #[error("the tarball has {size} bytes, more than the limit of {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("the tarball is compressed with zstd, which only some clients read")]
    Zstd,
    #[error("the tarball is not gzip: byte {at}: {why}")]
    Gzip { at: usize, why: &'static str },
    #[error(
        "what the tarball unpacks to is not a tar archive: there is no header in its {size} bytes"
    )]
    NotTar { size: usize },
}

impl Tarball {
    /// Takes bytes that have the integrity on record, and no others.
    pub fn verify(bytes: Bytes, integrity: &Integrity) -> Result<Self, Mismatch> {
        let mut hasher = Hasher::with_sha384(integrity.needs_sha384());
        hasher.update(&bytes);
        let digests = hasher.finish();
        integrity.check(&digests)?;
        Ok(Self {
            bytes,
            digests: Some(digests),
        })
    }

    /// Takes bytes that nobody vouches for: a file on disk.
    pub fn unverified(bytes: Bytes) -> Self {
        Self {
            bytes,
            digests: None,
        }
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The hashes of the bytes, where they were verified.
    pub fn digests(&self) -> Option<&Digests> {
        self.digests.as_ref()
    }

    /// Reads the archive. An error means that no client could install anything of it, or that we cannot tell.
    pub fn contents(&self, limits: &Limits) -> Result<Contents, TarballError> {
        let mut notes = Notes::default();
        let layers = gzip::layers(&self.bytes, limits, &mut notes)?;
        let unpacked = layers.iter().map(|layer| layer.data.len()).sum();
        let mut found = walk::found(&layers, limits, &mut notes);
        if found.headers == 0 && !layers.iter().all(|layer| is_zero(&layer.data)) {
            return Err(TarballError::NotTar { size: unpacked });
        }
        links::follow(&mut found, limits, &mut notes);
        let (files, root) = layout::arrange(found, &layers, &mut notes);
        let (irregularities, incomplete) = notes.finish();
        Ok(Contents {
            files,
            irregularities,
            incomplete,
            root,
            unpacked,
        })
    }
}

impl Contents {
    /// Whether every client extracts exactly these files, and all of them were read.
    pub fn is_canonical(&self) -> bool {
        self.irregularities.is_empty() && self.incomplete.is_empty()
    }

    /// The files of one path: one, none, or what clients differ on.
    pub fn at(&self, path: &str) -> &[Entry] {
        let before = |entry: &Entry| layout::order(&entry.path, path);
        let start = self.files.partition_point(|entry| before(entry).is_lt());
        let end = self.files.partition_point(|entry| before(entry).is_le());
        &self.files[start..end]
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<64>();
    chunks.iter().all(|chunk| *chunk == [0; 64]) && rest.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests;
