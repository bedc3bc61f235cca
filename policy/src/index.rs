//! All advisories in one immutable run of bytes: about 40 bytes a row in memory and on disk, looked up by name.

mod builder;
mod id;
mod names;
mod row;
mod wire;

use std::cmp::Ordering;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sha2::{Digest, Sha256};

use crate::advisory::{Advisory, Kind};

pub use builder::IndexBuilder;
use names::{BLOCK, Name};
use row::Row;
use wire::{List, Reader};

const MAGIC: &[u8; 8] = b"lazadvis";
/// Raised whenever the form changes; an index of another version is built anew from its sources.
const VERSION: u32 = 2;
const CHECKSUM_LENGTH: usize = 32;

/// How a row came in. A sync replaces every synced row and no imported one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// From files that somebody gave to `lazaret advisories import`.
    Imported,
    /// From the configured export.
    Synced,
}

/// What an index holds, for `lazaret advisories status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Names of packages.
    pub packages: usize,
    /// Pairs of a record and a package that it names.
    pub rows: usize,
    /// Rows about malicious code, withdrawn ones included, as in the next.
    pub malicious: usize,
    pub vulnerabilities: usize,
    /// Rows whose record was taken back.
    pub withdrawn: usize,
    pub imported: usize,
    pub synced: usize,
}

/// Why bytes are no index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    #[error("this is not an advisory index")]
    NotAnIndex,
    #[error(
        "the advisory index has form {0}, this program reads form {VERSION}; import or sync the advisories again"
    )]
    OtherForm(u32),
    #[error("the advisory index is damaged; import or sync the advisories again")]
    Damaged,
    #[error("the advisories take more than 4 GiB, which an index cannot hold")]
    TooLarge,
}

/// The advisories of every package. Cloning shares the bytes.
///
/// Form: magic, form number, `built_at` and newest `modified` (seconds), the [`Counts`], the number of bytes of
/// entries; the offsets of every sixteenth entry among the entries; the entries (name, rows) in the order of names;
/// SHA-256 of all before.
#[derive(Debug, Clone)]
pub struct AdvisoryIndex {
    bytes: Bytes,
    built_at: Timestamp,
    newest_modified: Option<Timestamp>,
    counts: Counts,
    /// Where the entries begin and end in `bytes`; the offsets stand before them.
    entries: (usize, usize),
}

/// Goes through the entries, or those of a block.
struct Walk<'a> {
    entries: Reader<'a>,
    name: Name,
    /// How many were read.
    position: usize,
}

const HEADER_LENGTH: usize = MAGIC.len() + 4 + 8 + 4 + Counts::LENGTH + 4;

impl AdvisoryIndex {
    /// An index without advisories, built at the beginning of 1970.
    pub fn empty() -> Self {
        Self {
            bytes: Bytes::new(),
            built_at: Timestamp::UNIX_EPOCH,
            newest_modified: None,
            counts: Counts::default(),
            entries: (0, 0),
        }
    }

    /// Checks that `bytes` are as they were built (about 15 ms for 239,000 rows) and keeps them; their rows are read
    /// when somebody asks for them. Never panics, whatever they are.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, IndexError> {
        let bytes: Bytes = bytes.into();
        let mut header = Reader::new(&bytes);
        if header.take(MAGIC.len()) != Some(MAGIC) {
            return Err(IndexError::NotAnIndex);
        }
        match header.u32() {
            Some(VERSION) => {}
            Some(other) => return Err(IndexError::OtherForm(other)),
            None => return Err(IndexError::Damaged),
        }
        let content = bytes
            .len()
            .checked_sub(CHECKSUM_LENGTH)
            .ok_or(IndexError::Damaged)?;
        let (content, checksum) = bytes.split_at(content);
        if Sha256::digest(content).as_slice() != checksum {
            return Err(IndexError::Damaged);
        }
        let laid_out = Self::laid_out(content).ok_or(IndexError::Damaged)?;
        Ok(Self {
            bytes: bytes.clone(),
            ..laid_out
        })
    }

    /// What the header says, if the rest is as long as it says. The result has no `bytes` yet.
    fn laid_out(content: &[u8]) -> Option<Self> {
        let mut header = Reader::new(content);
        header.take(MAGIC.len() + 4)?;
        let built_at = Timestamp::from_second(header.u64()?.try_into().ok()?).ok()?;
        let newest_modified = Timestamp::from_second(header.u32()?.into()).ok()?;
        let counts = Counts::read(&mut header)?;
        let entries_length = header.u32()? as usize;
        let offsets = counts.packages.div_ceil(BLOCK).checked_mul(4)?;
        let start = HEADER_LENGTH.checked_add(offsets)?;
        let end = start.checked_add(entries_length)?;
        (end == content.len()).then_some(Self {
            bytes: Bytes::new(),
            built_at,
            newest_modified: (counts.rows > 0).then_some(newest_modified),
            counts,
            entries: (start, end),
        })
    }

    /// The advisories that name this package, whichever version; without allocating if there are none.
    pub fn for_package(&self, name: &PackageName) -> Vec<Arc<Advisory>> {
        let Some(rows) = self.rows_of(name.as_str()) else {
            return Vec::new();
        };
        let rows = rows.items(Reader::bytes).filter_map(Row::read);
        rows.map(|row| Arc::new(row.advisory(name.clone())))
            .collect()
    }

    /// Whether any advisory names this package.
    pub fn names(&self, name: &PackageName) -> bool {
        self.rows_of(name.as_str()).is_some()
    }

    /// Everything, ordered by name; decoded one by one.
    pub fn iter(&self) -> impl Iterator<Item = (Source, Advisory)> {
        let mut walk = self.walk();
        let entries = std::iter::from_fn(move || {
            let rows = walk.next()?;
            let name = PackageName::parse(walk.name.text()).ok()?;
            Some((name, rows))
        });
        entries.flat_map(|(name, rows)| {
            let rows = rows.items(Reader::bytes).filter_map(Row::read);
            rows.map(move |row| (row.source(), row.advisory(name.clone())))
        })
    }

    /// The ids of all rows, ordered by package; an id that names several packages occurs as often.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        let mut walk = self.walk();
        let entries = std::iter::from_fn(move || walk.next());
        let rows = entries.flat_map(|rows| rows.items(Reader::bytes));
        rows.filter_map(|row| Some(Row::read(row)?.id.to_string()))
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// When the index was built, as its builder was told.
    pub fn built_at(&self) -> Timestamp {
        self.built_at
    }

    /// The latest `modified` of all records: how fresh the data is. `None` if there are none.
    pub fn newest_modified(&self) -> Option<Timestamp> {
        self.newest_modified
    }

    /// The bytes, to write them to a file.
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn rows_of(&self, name: &str) -> Option<List<'_>> {
        let offsets = self.bytes.get(HEADER_LENGTH..self.entries.0)?;
        let entries = &self.bytes[self.entries.0..self.entries.1];
        let block = |index: usize| {
            let offset = Reader::new(&offsets[index * 4..]).u32()?;
            entries.get(offset as usize..)
        };
        // The last block whose first name is not after this one.
        let (mut low, mut high) = (0, offsets.len() / 4);
        while low < high {
            let middle = low + (high - low) / 2;
            let first = names::whole(&mut Reader::new(block(middle)?))?;
            if first <= name.as_bytes() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut walk = Walk::new(block(low.checked_sub(1)?)?);
        while walk.position < BLOCK {
            let rows = walk.next()?;
            match walk.name.bytes().cmp(name.as_bytes()) {
                Ordering::Less => {}
                Ordering::Equal => return Some(rows),
                Ordering::Greater => break,
            }
        }
        None
    }

    fn walk(&self) -> Walk<'_> {
        Walk::new(&self.bytes[self.entries.0..self.entries.1])
    }
}

impl<'a> Walk<'a> {
    fn new(entries: &'a [u8]) -> Self {
        Self {
            entries: Reader::new(entries),
            name: Name::new(),
            position: 0,
        }
    }

    fn is_at_block(&self) -> bool {
        self.position.is_multiple_of(BLOCK)
    }

    /// The rows of the next entry, whose name is then `self.name`; `None` at the end, or if something is not whole.
    fn next(&mut self) -> Option<List<'a>> {
        let whole = self.is_at_block();
        self.name.read(&mut self.entries, whole)?;
        self.position += 1;
        self.entries.list(Reader::bytes)
    }
}

impl Counts {
    const LENGTH: usize = 5 * 4;

    fn add(&mut self, row: &Row<'_>) {
        self.rows += 1;
        match row.kind() {
            Kind::Malicious => self.malicious += 1,
            Kind::Vulnerability => self.vulnerabilities += 1,
        }
        match row.source() {
            Source::Imported => self.imported += 1,
            Source::Synced => self.synced += 1,
        }
        self.withdrawn += usize::from(row.is_withdrawn());
    }

    fn put(&self, out: &mut Vec<u8>) -> Result<(), IndexError> {
        for count in [
            self.packages,
            self.rows,
            self.malicious,
            self.withdrawn,
            self.imported,
        ] {
            let count = u32::try_from(count).map_err(|_| IndexError::TooLarge)?;
            out.extend_from_slice(&count.to_le_bytes());
        }
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut count = || Some(reader.u32()? as usize);
        let (packages, rows) = (count()?, count()?);
        let (malicious, withdrawn, imported) = (count()?, count()?, count()?);
        Some(Self {
            packages,
            rows,
            malicious,
            vulnerabilities: rows.checked_sub(malicious)?,
            withdrawn,
            imported,
            synced: rows.checked_sub(imported)?,
        })
    }
}

#[cfg(test)]
mod tests;
