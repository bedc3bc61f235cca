//! Tar archives as they come: layers of images may have gigabytes. Packages are read by npm's own reader, which knows what
//! clients differ on.

use std::io::{Error, ErrorKind, Read};

use super::archives::read_up_to;
use super::look::{Looker, WHOLE};
use super::place::Place;

const BLOCK: usize = 512;

/// Entries of one archive.
const ENTRIES: usize = 5_000_000;

/// Bytes of a long name or an extended header.
const EXTRA: u64 = 1 << 20;

/// Whether these bytes begin a tar archive with a header of this century.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes
        .first_chunk::<BLOCK>()
        .is_some_and(|header| &header[257..262] == b"ustar" && checksum_holds(header))
}

impl Looker<'_> {
    /// Reads an archive as it comes. What lies in the folder `package` of a packed one is of a package that is too large, or too
    /// damaged, for npm's own reader.
    pub(super) fn tar(
        &mut self,
        place: &Place,
        reader: &mut dyn Read,
        depth: usize,
        is_packed: bool,
    ) -> Result<(), Error> {
        let mut header = [0; BLOCK];
        let mut long_name: Option<String> = None;
        let mut long_size: Option<u64> = None;
        for _ in 0..ENTRIES {
            match read_up_to(reader, &mut header)? {
                0 => return Ok(()),
                BLOCK => {}
                _ => return Err(damaged("it is cut off")),
            }
            if header.iter().all(|byte| *byte == 0) {
                return Ok(());
            }
            if !checksum_holds(&header) {
                return Err(damaged("a header's checksum does not hold"));
            }
            let size = number(&header[124..136]).ok_or_else(|| damaged("a size is no number"))?;
            let kind = header[156];
            if matches!(kind, b'L' | b'K' | b'x' | b'g') {
                if size > EXTRA {
                    return Err(damaged("an extended header is too large"));
                }
                let mut extra = vec![0; usize::try_from(size).unwrap_or(0)];
                exactly(reader, &mut extra)?;
                skip(reader, padding(size))?;
                match kind {
                    b'L' => long_name = Some(text(&extra)),
                    b'x' => pax(&extra, &mut long_name, &mut long_size),
                    _ => {}
                }
                continue;
            }
            let name = long_name.take().unwrap_or_else(|| name_of(&header));
            let size = long_size.take().unwrap_or(size);
            // Links and folders have no content, whatever their size says.
            let has_content = matches!(kind, b'0' | 0 | b'7');
            if !has_content {
                if !matches!(kind, b'1'..=b'6') {
                    skip(reader, size)?;
                    skip(reader, padding(size))?;
                }
                continue;
            }
            self.spend(size)?;
            let mut inner = place.within(&name);
            inner.is_packed = is_packed && name.starts_with("package/");
            inner.is_of_package = is_packed && name == "package/package.json";
            if size <= WHOLE as u64 {
                let mut bytes = Vec::new();
                let read = reader.take(size).read_to_end(&mut bytes);
                self.look(&inner, &bytes, depth + 1);
                if read? as u64 != size {
                    return Err(damaged("it is cut off"));
                }
            } else {
                let mut content = reader.take(size);
                if let Err(error) = self.large_inner(&inner, &mut content, depth + 1) {
                    if self.budget == 0 {
                        return Err(error);
                    }
                    self.outcome.did_not_read(&inner.shown(), error.to_string());
                }
                std::io::copy(&mut content, &mut std::io::sink())?;
                if content.limit() > 0 {
                    return Err(damaged("it is cut off"));
                }
            }
            skip(reader, padding(size))?;
        }
        Err(damaged("it has too many entries"))
    }
}

fn damaged(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

fn skip(reader: &mut dyn Read, bytes: u64) -> Result<(), Error> {
    let skipped = std::io::copy(&mut reader.take(bytes), &mut std::io::sink())?;
    match skipped == bytes {
        true => Ok(()),
        false => Err(damaged("it is cut off")),
    }
}

fn exactly(reader: &mut dyn Read, buffer: &mut [u8]) -> Result<(), Error> {
    match read_up_to(reader, buffer)? == buffer.len() {
        true => Ok(()),
        false => Err(damaged("it is cut off")),
    }
}

/// Octal digits, or with the highest bit set a number of 63 bits.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let tail = field.get(field.len() - 8..)?;
        let value = u64::from_be_bytes(tail.try_into().ok()?);
        return (value < 1 << 62).then_some(value);
    }
    let digits = field
        .iter()
        .skip_while(|byte| **byte == b' ')
        .take_while(|byte| (b'0'..=b'7').contains(*byte));
    digits.into_iter().try_fold(0_u64, |value, digit| {
        value.checked_mul(8)?.checked_add(u64::from(digit - b'0'))
    })
}

/// The sum of all bytes; some old programs took them as signed.
fn checksum_holds(header: &[u8; BLOCK]) -> bool {
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in header.iter().enumerate() {
        let byte = match at {
            148..156 => b' ',
            _ => *byte,
        };
        unsigned += i64::from(byte);
        signed += i64::from(byte.cast_signed());
    }
    let written = number(&header[148..156]).and_then(|sum| i64::try_from(sum).ok());
    written == Some(unsigned) || written == Some(signed)
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

fn name_of(header: &[u8; BLOCK]) -> String {
    let name = text(&header[..100]);
    let is_posix = &header[257..263] == b"ustar\0";
    match text(&header[345..500]) {
        prefix if is_posix && !prefix.is_empty() => format!("{prefix}/{name}"),
        _ => name,
    }
}

/// `LENGTH KEY=VALUE\n`, again and again.
fn pax(bytes: &[u8], name: &mut Option<String>, size: &mut Option<u64>) {
    let mut rest = bytes;
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let Some(length) = text(&rest[..space])
            .parse::<usize>()
            .ok()
            .filter(|length| *length > space)
        else {
            return;
        };
        let Some(record) = rest.get(space + 1..length) else {
            return;
        };
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(path) = record.strip_prefix(b"path=") {
            *name = Some(String::from_utf8_lossy(path).into_owned());
        }
        if let Some(digits) = record.strip_prefix(b"size=") {
            *size = text(digits).parse().ok().filter(|size| *size < 1 << 62);
        }
        rest = &rest[length..];
    }
}
