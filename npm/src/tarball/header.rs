//! One block as a header. Source of the places: POSIX ustar, GNU tar's manual.

use super::is_zero;
use super::number::{is_safe_binary, negative, octal, octal_readings};

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

    /// Whether a number is written so that some client refuses the header: npm for binary forms that it does not know,
    /// in the size too, pnpm 12 for a mode that is no number.
    pub(super) fn has_odd_numbers(&self) -> bool {
        let field = |at: usize, length: usize| &self.block[at..at + length];
        let is_empty = |field: &[u8]| field.iter().all(|byte| matches!(byte, 0 | b' '));
        // npm itself packed users like 412047166 in binary form, and every client reads them.
        let is_plain =
            |field: &[u8]| octal(field).is_some() || is_empty(field) || is_safe_binary(field);
        let mut plain = octal(field(100, 8)).is_some();
        plain &= is_plain(field(108, 8)) && is_plain(field(116, 8)) && is_plain(field(136, 12));
        plain &= self.block[124] & 0x80 == 0 || is_safe_binary(field(124, 12));
        if self.format() == Format::Ustar {
            plain &= is_plain(field(329, 8)) && is_plain(field(337, 8));
            // npm looks for times there if the prefix is short.
            let is_binary = |at: usize| self.block[at] & 0x80 != 0;
            plain &= self.block[475] != 0 || !is_binary(476) && !is_binary(488);
        }
        !plain
    }

    /// How far below zero the size is.
    pub(super) fn negative_size(&self) -> Option<u64> {
        negative(&self.block[124..136])
    }

    pub(super) fn is_executable(&self) -> bool {
        let readings = octal_readings(&self.block[100..108]);
        readings.iter().any(|mode| mode & 0o111 != 0)
    }

    pub(super) fn link_name(&self) -> &'a [u8] {
        until_nul(&self.block[157..257])
    }

    /// Whether npm, for which a line behind a NUL goes on, finds a link name.
    pub(super) fn has_link_name(&self) -> bool {
        !without_line(&self.block[157..257]).is_empty()
    }

    /// Whether it begins with a NUL, which is the end of the archive for pnpm.
    pub(super) fn is_nameless(&self) -> bool {
        self.block[0] == 0
    }

    /// Whether the magic is one that no packer writes.
    pub(super) fn is_odd(&self) -> bool {
        self.format() == Format::Odd
    }

    pub(super) fn names(&self) -> Names {
        let (field, before) = (&self.block[..100], &self.block[345..500]);
        let (name, prefix) = (until_nul(field), until_nul(before));
        let joined = [prefix, b"/", name].concat();
        // npm takes the last 25 bytes for times, unless there is something in the last of the others.
        let is_long = self.block[475] != 0;
        let is_cut = is_long != (prefix.len() > 130);
        let mut readings = Vec::with_capacity(1);
        let mut has_odd_prefix = match (prefix.is_empty(), self.format()) {
            (true, Format::Ustar) if is_long => {
                readings.extend([name.to_vec(), joined]);
                true
            }
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
        // npm looks for a folder's slash before it adds the prefix: without a name it writes a file of the prefix's name.
        if name.is_empty() && !prefix.is_empty() {
            readings.push(prefix.to_vec());
            has_odd_prefix = true;
        }
        let own = match is_long {
            true => before,
            false => &before[..130],
        };
        let has_rest = [(field, name), (own, until_nul(own))]
            .iter()
            .any(|(field, text)| !is_zero(&field[text.len()..]));
        if has_rest {
            let (name, prefix) = (without_line(field), without_line(own));
            let joined = [&prefix, &b"/"[..], &name].concat();
            let alone = name.is_empty().then_some(prefix);
            for name in [name, joined].into_iter().chain(alone) {
                // Where a name is kept in a zip archive, it ends with its last byte that is not NUL.
                readings.push(until_nul(&name).to_vec());
                readings.push(name);
            }
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

/// npm takes out what is between a NUL and the end of its line, in JavaScript's sense of a line.
pub(super) fn without_line(field: &[u8]) -> Vec<u8> {
    const ENDS: [&[u8]; 4] = [b"\n", b"\r", "\u{2028}".as_bytes(), "\u{2029}".as_bytes()];
    let text = until_nul(field);
    let rest = &field[text.len()..];
    let is_end = |at: &usize| ENDS.iter().any(|end| rest[*at..].starts_with(end));
    match (0..rest.len()).find(is_end) {
        Some(end) => [text, &rest[end..]].concat(),
        None => text.to_vec(),
    }
}

pub(super) fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0);
    &field[..end.unwrap_or(field.len())]
}
