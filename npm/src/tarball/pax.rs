//! Extended headers (`x`, `g`): records of `length key=value`, read as POSIX says and as npm reads them, line by line.

use super::header::until_nul;
use super::irregularity::Kind;
use super::number::{decimal_readings, is_plain_decimal};
use crate::text::printable_up_to;

/// Keys that say nothing about where a file is, what it is called, or what is in it.
const HARMLESS: [&[u8]; 10] = [
    b"path", b"size", b"mtime", b"uid", b"gid", b"uname", b"gname", b"atime", b"ctime", b"comment",
];
const HARMLESS_PREFIXES: [&[u8]; 3] = [b"SCHILY.", b"NODETAR.", b"LIBARCHIVE."];

/// Records that are read of one header; the others say so.
const RECORDS: usize = 10_000;

/// What one extended header says, in any reading.
#[derive(Default)]
pub(super) struct Pax {
    pub(super) names: Vec<Vec<u8>>,
    pub(super) link_names: Vec<Vec<u8>>,
    pub(super) sizes: Vec<u64>,
    /// How far below zero a size is.
    pub(super) negative_size: Option<u64>,
    /// GNU's maps of sparse files, as pairs of place and length.
    pub(super) sparse: Vec<(u64, u64)>,
    pub(super) sparse_size: Option<u64>,
    /// The map is at the beginning of the content.
    pub(super) sparse_in_content: bool,
    /// One of its records makes the entry a file.
    pub(super) is_typed: bool,
    pub(super) problems: Vec<(Kind, String)>,
    pub(super) too_many: bool,
}

type Record<'a> = (&'a [u8], &'a [u8]);

impl Pax {
    /// Reads the `length` bytes of records at the beginning of `data`.
    pub(super) fn read(data: &[u8], length: usize) -> Self {
        let content = &data[..length];
        let mut pax = Self::default();
        let (records, is_well_formed) = records(content);
        if !is_well_formed {
            pax.problem(Kind::PaxMalformed, || {
                "the records of an extended header do not have the lengths that they say".to_owned()
            });
        }
        // npm counts a line's length when its characters were replaced, and then leaves it out.
        if std::str::from_utf8(content).is_err() {
            pax.problem(Kind::PaxMalformed, || {
                "an extended header is not UTF-8".to_owned()
            });
        }
        let mut seen: Vec<&[u8]> = Vec::new();
        for (index, (key, value)) in records.iter().enumerate() {
            if index == RECORDS {
                pax.too_many = true;
                break;
            }
            if seen.len() < 64 {
                if seen.contains(key) {
                    pax.problem(Kind::PaxMalformed, || {
                        format!(
                            "the key {} of an extended header is there twice",
                            shown(key)
                        )
                    });
                }
                seen.push(key);
            }
            if value.contains(&b'\n') {
                pax.problem(Kind::PaxMalformed, || {
                    format!(
                        "the value of {} in an extended header has several lines",
                        shown(key)
                    )
                });
            }
            pax.take(key, value);
        }
        if !is_well_formed || content.contains(&0) || pax.has(Kind::PaxMalformed) {
            let text = String::from_utf8_lossy(content);
            for line in text.split('\n').take(RECORDS) {
                if let Some((key, value)) = as_npm(line) {
                    pax.take(key, until_nul(value));
                }
            }
            for bytes in [content, data] {
                for (key, value) in unchecked(bytes, length) {
                    pax.take(key, value);
                }
            }
        }
        if records.is_empty() {
            pax.problem(Kind::PaxMalformed, || {
                "an extended header has no records".to_owned()
            });
        }
        pax
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"path" => {
                if value.is_empty() || value.contains(&0) {
                    self.problem(Kind::PaxMalformed, || {
                        "the path of an extended header is empty or has a NUL".to_owned()
                    });
                }
                add(&mut self.names, until_nul(value));
                add(&mut self.names, value);
            }
            b"size" => {
                if !is_plain_decimal(value) {
                    self.problem(Kind::PaxSize, || {
                        format!(
                            "the size {} of an extended header is no plain number",
                            shown(value)
                        )
                    });
                }
                if let Some(digits) = value.trim_ascii_start().strip_prefix(b"-") {
                    self.negative_size = Some(decimal_readings(digits)[0]);
                }
                for size in decimal_readings(value) {
                    if !self.sizes.contains(&size) {
                        self.sizes.push(size);
                    }
                }
            }
            b"linkpath" => add(&mut self.link_names, value),
            b"type" => self.is_typed = true,
            b"GNU.sparse.name" => add(&mut self.names, value),
            b"GNU.sparse.map" => {
                let numbers: Vec<u64> = value
                    .split(|byte| *byte == b',')
                    .take(2 * RECORDS)
                    .map(|number| decimal_readings(number)[0])
                    .collect();
                let (pairs, _) = numbers.as_chunks();
                self.sparse = pairs.iter().map(|[at, length]| (*at, *length)).collect();
            }
            b"GNU.sparse.offset" => self.sparse.push((decimal_readings(value)[0], 0)),
            b"GNU.sparse.numbytes" => {
                if let Some(last) = self.sparse.last_mut() {
                    last.1 = decimal_readings(value)[0];
                }
            }
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                self.sparse_size = Some(decimal_readings(value)[0]);
            }
            b"GNU.sparse.major" => self.sparse_in_content = value == b"1",
            _ => {}
        }
        if key.starts_with(b"GNU.sparse.") {
            self.problem(Kind::Sparse, || {
                "an extended header makes a file sparse".to_owned()
            });
        } else if !HARMLESS.contains(&key)
            && key != b"charset"
            && !HARMLESS_PREFIXES
                .iter()
                .any(|prefix| key.starts_with(prefix))
        {
            self.problem(Kind::PaxKey, || {
                format!("an extended header has the key {}", shown(key))
            });
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.problems.iter().any(|(other, _)| *other == kind)
    }

    fn problem(&mut self, kind: Kind, what: impl FnOnce() -> String) {
        if self.problems.len() < 16 {
            self.problems.push((kind, what()));
        }
    }
}

fn add(names: &mut Vec<Vec<u8>>, name: &[u8]) {
    if names.len() < 8 && !names.iter().any(|other| other == name) {
        names.push(name.to_vec());
    }
}

fn shown(bytes: &[u8]) -> String {
    let end = bytes.len().min(200);
    let text = String::from_utf8_lossy(&bytes[..end]);
    format!("\"{}\"", printable_up_to(&text, 60))
}

/// The records by the lengths they say, and whether those are right throughout.
fn records(content: &[u8]) -> (Vec<Record<'_>>, bool) {
    let mut records = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length = decimal_readings(&rest[..digits])[0];
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if !is_plain_decimal(&rest[..digits])
            || rest.get(digits) != Some(&b' ')
            || length > rest.len()
        {
            return (records, false);
        }
        let Some(record) = rest
            .get(digits + 1..length)
            .and_then(|text| text.strip_suffix(b"\n"))
        else {
            return (records, false);
        };
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else {
            return (records, false);
        };
        records.push((&record[..equals], &record[equals + 1..]));
        if records.len() > RECORDS {
            break;
        }
        rest = &rest[length..];
    }
    (records, true)
}

/// Records as yarn 1 and pnpm take them: by the lengths they say, which pnpm lets go beyond the header's content.
/// Sources: tar-stream, headers.js; pnpm, parseTarball.ts.
fn unchecked(data: &[u8], length: usize) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    let mut start = 0;
    while start < length && records.len() < RECORDS {
        let rest = &data[start..];
        let digits = rest.iter().take_while(|byte| **byte != b' ').count();
        let size = decimal_readings(&rest[..digits.min(20)])[0];
        let size = usize::try_from(size).unwrap_or(0).min(data.len());
        if size == 0 {
            break;
        }
        let end = (size - 1).min(rest.len());
        let record = rest.get(digits + 1..end).unwrap_or_default();
        if let Some(equals) = record.iter().position(|byte| *byte == b'=') {
            records.push((&record[..equals], &record[equals + 1..]));
        }
        start += size;
    }
    records
}

/// A line as npm's tar takes it: the length must be that of the line. Source: node-tar, pax.ts.
fn as_npm(line: &str) -> Option<Record<'_>> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = line[..digits].parse().ok()?;
    let record = line.get(digits + 1..)?;
    let (key, value) = record.split_once('=')?;
    (length == line.len() + 1 && !key.is_empty()).then_some((key.as_bytes(), value.as_bytes()))
}
