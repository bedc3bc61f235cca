//! Building an index from records, or from an older index and what is new.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::id::Id;
use super::names::{self, BLOCK};
use super::row::{self, Row};
use super::wire::{Reader, put_bytes, put_list};
use super::{AdvisoryIndex, Counts, HEADER_LENGTH, IndexError, MAGIC, Source, VERSION};
use crate::advisory::Advisory;

/// Collects rows in their final form, so that 239,000 take about 20 MB on the way.
#[derive(Debug, Default)]
pub struct IndexBuilder {
    /// Names and rows, one after the other.
    arena: Vec<u8>,
    rows: Vec<Pending>,
    /// Counts the records that were added; rows of one record share it.
    record: u32,
}

/// A row in the arena; all positions are offsets into it.
#[derive(Debug, Clone, Copy)]
struct Pending {
    name: u32,
    row: u32,
    id_end: u32,
    end: u32,
    modified: u32,
    record: u32,
}

impl IndexBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with the rows of an index that came from one of `keep`: an import keeps both sources, a sync only
    /// [`Source::Imported`].
    pub fn from_index(index: &AdvisoryIndex, keep: &[Source]) -> Result<Self, IndexError> {
        let mut builder = Self::new();
        let mut walk = index.walk();
        while let Some(rows) = walk.next() {
            for bytes in rows.items(Reader::bytes) {
                let row = Row::read(bytes).ok_or(IndexError::Damaged)?;
                if keep.contains(&row.source()) {
                    let put = |arena: &mut Vec<u8>| arena.extend_from_slice(bytes);
                    builder.push(walk.name.text(), row.modified(), put)?;
                }
            }
        }
        builder.record = 1;
        Ok(builder)
    }

    /// Adds one record, as [`Advisory::from_osv`] read it. Of several records with one id the one with the newest
    /// `modified` stays, of equally new ones the last.
    pub fn add(&mut self, source: Source, record: &[Advisory]) -> Result<(), IndexError> {
        for advisory in record {
            let modified = u32::try_from(advisory.modified.as_second().max(0)).unwrap_or(u32::MAX);
            self.push(advisory.package.as_str(), modified, |arena| {
                row::put(arena, advisory, source);
            })?;
        }
        self.record = self.record.checked_add(1).ok_or(IndexError::TooLarge)?;
        Ok(())
    }

    /// Rows so far, before records are merged by id.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if nothing was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes of the index, for [`AdvisoryIndex::from_bytes`]. The same records give the same bytes.
    pub fn finish(mut self, built_at: Timestamp) -> Result<Vec<u8>, IndexError> {
        self.merge();
        let arena = &self.arena;
        self.rows.sort_unstable_by(|one, other| {
            one.name(arena)
                .cmp(other.name(arena))
                .then_with(|| one.id(arena).cmp(other.id(arena)))
        });
        let same_name = |one: &Pending, other: &Pending| one.name(arena) == other.name(arena);
        let mut offsets = Vec::new();
        let mut entries = Vec::with_capacity(arena.len());
        let mut counts = Counts::default();
        let mut previous: &[u8] = &[];
        for package in self.rows.chunk_by(same_name) {
            if counts.packages.is_multiple_of(BLOCK) {
                offsets.extend_from_slice(&position(entries.len())?.to_le_bytes());
                previous = &[];
            }
            let name = package[0].name(arena);
            names::put(&mut entries, previous, name);
            put_list(&mut entries, package.iter(), |out, row| {
                put_bytes(out, row.row(arena))
            });
            for row in package {
                counts.add(&Row::read(row.row(arena)).ok_or(IndexError::Damaged)?);
            }
            previous = name;
            counts.packages += 1;
        }
        let newest_modified = self.rows.iter().map(|row| row.modified).max().unwrap_or(0);
        let built_at = built_at.as_second().max(0).cast_unsigned();
        let mut bytes = Vec::with_capacity(HEADER_LENGTH + offsets.len() + entries.len() + 32);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&built_at.to_le_bytes());
        bytes.extend_from_slice(&newest_modified.to_le_bytes());
        counts.put(&mut bytes)?;
        bytes.extend_from_slice(&position(entries.len())?.to_le_bytes());
        bytes.extend_from_slice(&offsets);
        bytes.extend_from_slice(&entries);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    fn push(
        &mut self,
        name: &str,
        modified: u32,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), IndexError> {
        let start = self.arena.len();
        self.arena
            .push(u8::try_from(name.len()).map_err(|_| IndexError::Damaged)?);
        self.arena.extend_from_slice(name.as_bytes());
        let row = self.arena.len();
        put(&mut self.arena);
        let mut reader = Reader::new(self.arena.get(row + row::ID_OFFSET..).unwrap_or_default());
        Id::read(&mut reader).ok_or(IndexError::Damaged)?;
        let id_end = self.arena.len() - reader.len();
        self.rows.push(Pending {
            name: position(start)?,
            row: position(row)?,
            id_end: position(id_end)?,
            end: position(self.arena.len())?,
            modified,
            record: self.record,
        });
        Ok(())
    }

    /// Leaves one record of each id: all its rows, and none of an older state that named other packages.
    fn merge(&mut self) {
        let arena = &self.arena;
        self.rows.sort_unstable_by(|one, other| {
            one.id(arena)
                .cmp(other.id(arena))
                .then_with(|| (other.modified, other.record).cmp(&(one.modified, one.record)))
        });
        let mut kept = Vec::with_capacity(self.rows.len());
        for states in self
            .rows
            .chunk_by(|one, other| one.id(arena) == other.id(arena))
        {
            let newest = states[0].record;
            kept.extend(states.iter().filter(|row| row.record == newest));
        }
        self.rows = kept;
    }
}

impl Pending {
    fn name(self, arena: &[u8]) -> &[u8] {
        let start = self.name as usize + 1;
        &arena[start..self.row as usize]
    }

    fn row(self, arena: &[u8]) -> &[u8] {
        &arena[self.row as usize..self.end as usize]
    }

    /// The id in its encoded form, of which each id has one.
    fn id(self, arena: &[u8]) -> &[u8] {
        &arena[self.row as usize + row::ID_OFFSET..self.id_end as usize]
    }
}

fn position(length: usize) -> Result<u32, IndexError> {
    u32::try_from(length).map_err(|_| IndexError::TooLarge)
}
