//! One block as a header. Source of the places: POSIX ustar, GNU tar's manual.

use super::is_zero;
use super::number::{octal, octal_readings};

/// Bytes of a block: headers and contents begin at multiples of it.
pub(super) const BLOCK: usize = 512;

pub(super) struct Header<'a> {
    block: &'a [u8; BLOCK],
    at: usize,
}

/// Whether a block is a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Checksum {
    /// For every client.
    Right,
    /// For some: signed sums, numbers without an end, other notations.
    Lenient,
    Wrong,
}

/// Who wrote the header, by its magic.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// The name may continue in the prefix.
    Ustar,
    /// Before POSIX, or GNU; there is no prefix.
    Old,
    /// Clients do not agree on whether it has a prefix.
    Odd,
}

/// What an entry is called, by its header alone.
pub(super) struct Names {
    /// One that all clients read alike, or several.
    pub(super) readings: Vec<Vec<u8>>,
    /// Bytes behind the NUL that ends it.
    pub(super) has_rest: bool,
    /// Clients differ on whether the prefix belongs to it.
    pub(super) has_odd_prefix: bool,
}

impl<'a> Header<'a> {
    /// The block that begins at `at`, if it is all there.
    pub(super) fn at(data: &'a [u8], at: usize) -> Option<Self> {
        let block = data.get(at..)?.first_chunk()?;
        Some(Self { block, at })
    }

    /// Where it lies in the data.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn is_zero(&self) -> bool {
        is_zero(self.block)
    }

    pub(super) fn checksum(&self) -> Checksum {
        let outside = || self.block[..148].iter().chain(&self.block[156..]);
        let unsigned: u64 = 8 * 32 + outside().map(|byte| u64::from(*byte)).sum::<u64>();
        let field = &self.block[148..156];
        // npm reads into the next fields if nothing ends the number.
        if octal(field) == Some(unsigned) && octal(&field[..7]) == Some(unsigned) {
            return Checksum::Right;
        }
        let signed: i64 = 8 * 32 + outside().map(|byte| i64::from(*byte as i8)).sum::<i64>();
        let is_sum = |sum: u64| sum == unsigned || i64::try_from(sum) == Ok(signed);
        let readings = [octal_readings(field), octal_readings(&self.block[148..160])];
        // A sum of nothing is what a block without a checksum has.
        match readings
            .iter()
            .flatten()
            .any(|sum| *sum != 0 && is_sum(*sum))
        {
            true => Checksum::Lenient,
            false => Checksum::Wrong,
        }
    }

    pub(super) fn entry_type(&self) -> u8 {
        self.block[156]
    }

    /// Bytes of content: one number that all clients read alike, or what they make of the field.
    pub(super) fn size(&self) -> Result<u64, Vec<u64>> {
        octal(&self.block[124..136]).ok_or_else(|| octal_readings(&self.block[124..136]))
    }

    pub(super) fn is_executable(&self) -> bool {
        let readings = octal_readings(&self.block[100..108]);
        readings.iter().any(|mode| mode & 0o111 != 0)
    }

    pub(super) fn link_name(&self) -> &'a [u8] {
        until_nul(&self.block[157..257])
    }

    /// Whether the magic is one that no packer writes.
    pub(super) fn is_odd(&self) -> bool {
        self.format() == Format::Odd
    }

    pub(super) fn names(&self) -> Names {
        let field = &self.block[..100];
        let name = until_nul(field);
        let has_rest = !is_zero(&field[name.len()..]);
        let mut readings = Vec::with_capacity(1);
        let prefix = until_nul(&self.block[345..500]);
        let joined = [prefix, b"/", name].concat();
        // A prefix that ends where npm takes two times to begin.
        let is_cut = self.block[475] == 0 && prefix.len() > 130;
        let has_odd_prefix = match (prefix.is_empty(), self.format()) {
            (true, _) => {
                readings.push(name.to_vec());
                false
            }
            (false, Format::Ustar) if !is_cut => {
                readings.push(joined);
                false
            }
            (false, _) => {
                readings.extend([joined, name.to_vec()]);
                true
            }
        };
        if has_rest {
            // npm takes out what is between a NUL and the end of its line.
            let rest = &field[name.len()..];
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            readings.extend(end.map(|end| [name, &rest[end..]].concat()));
        }
        Names {
            readings,
            has_rest,
            has_odd_prefix,
        }
    }

    /// Where GNU tar keeps the map of a sparse file.
    pub(super) fn sparse_map(&self) -> &'a [u8] {
        &self.block[386..495]
    }

    fn format(&self) -> Format {
        match &self.block[257..265] {
            b"ustar\x0000" => Format::Ustar,
            b"ustar  \0" => Format::Old,
            magic if is_zero(magic) => Format::Old,
            _ => Format::Odd,
        }
    }
}

pub(super) fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0);
    &field[..end.unwrap_or(field.len())]
}
