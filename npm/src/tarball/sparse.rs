//! Files with holes: nobody packs npm packages so, but bun fills the holes in.
//! Source of the formats: GNU tar's manual, "Storing Sparse Files".

use super::header::{BLOCK, Header};
use super::number::octal_readings;

/// Pieces of one file that are followed.
const PIECES: usize = 10_000;

/// Where the pieces of a sparse file go.
#[derive(Default)]
pub(super) struct Map {
    /// Place in the file, length.
    pub(super) pieces: Vec<(u64, u64)>,
    pub(super) size: u64,
    /// Blocks of map between the header and the content.
    pub(super) blocks: usize,
}

impl Map {
    /// The map of an `S` entry of GNU tar: four pieces in its header, 21 in each block that continues it.
    pub(super) fn of_header(header: &Header<'_>, data: &[u8], at: usize) -> Self {
        let map = header.sparse_map();
        let mut pieces = Vec::new();
        pieces.extend(map[..96].chunks_exact(24).map(piece));
        let size = last(&map[97..109]);
        let mut is_extended = map[96] != 0;
        let mut blocks = 0;
        while is_extended && pieces.len() < PIECES {
            let start = at + BLOCK * (1 + blocks);
            let Some(block) = data.get(start..start + BLOCK) else {
                break;
            };
            pieces.extend(block[..504].chunks_exact(24).map(piece));
            is_extended = block[504] != 0;
            blocks += 1;
        }
        Self {
            pieces,
            size,
            blocks,
        }
    }

    /// A map of version 1.0, in lines at the beginning of the content; the rest of which is the pieces.
    pub(super) fn of_content(content: &[u8], size: u64) -> Option<(Self, &[u8])> {
        let mut numbers = content.split(|byte| *byte == b'\n').map(|line| {
            let text = str::from_utf8(line).ok()?;
            text.parse::<u64>().ok()
        });
        let count = numbers.next()??;
        let mut pieces = Vec::new();
        for _ in 0..count.min(PIECES as u64) {
            pieces.push((numbers.next()??, numbers.next()??));
        }
        let lines = 1 + 2 * pieces.len();
        let text: usize = content
            .split_inclusive(|byte| *byte == b'\n')
            .take(lines)
            .map(<[u8]>::len)
            .sum();
        let rest = content.get(text.next_multiple_of(BLOCK)..)?;
        let blocks = 0;
        Some((
            Self {
                pieces,
                size,
                blocks,
            },
            rest,
        ))
    }

    /// The file with its holes filled, unless that has more than `limit` bytes.
    pub(super) fn filled(&self, mut content: &[u8], limit: usize) -> Option<Vec<u8>> {
        let ends = self
            .pieces
            .iter()
            .map(|(at, length)| at.saturating_add(*length));
        let size = ends.max().unwrap_or(0).max(self.size);
        let size = usize::try_from(size).ok().filter(|size| *size <= limit)?;
        let mut file = vec![0; size];
        for (at, length) in &self.pieces {
            // Both are at most `size`.
            let (at, length) = (*at as usize, *length as usize);
            let (piece, rest) = content.split_at(length.min(content.len()));
            file[at..at + piece.len()].copy_from_slice(piece);
            content = rest;
        }
        Some(file)
    }
}

fn piece(entry: &[u8]) -> (u64, u64) {
    (last(&entry[..12]), last(&entry[12..]))
}

/// The reading of a number that is the least odd.
fn last(field: &[u8]) -> u64 {
    octal_readings(field).last().copied().unwrap_or(0)
}
