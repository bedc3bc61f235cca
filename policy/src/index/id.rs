//! Advisory ids in a few bytes: nearly all are `MAL-year-number`, `GHSA-xxxx-xxxx-xxxx` or `CVE-year-number`.

use std::fmt;

use super::wire::{Reader, put_number, put_text};

/// An id as the index holds it. One spelling has one form, so forms may be compared instead of spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id<'a> {
    Malicious {
        year: u64,
        number: u64,
    },
    Cve {
        year: u64,
        number: u64,
    },
    /// Twelve digits to the base of twenty.
    Ghsa(u64),
    Other(&'a str),
}

/// GitHub's alphabet: no vowels, nothing that looks alike.
const GHSA_DIGITS: &[u8; 20] = b"23456789cfghjmpqrvwx";
const GHSA_LENGTH: u32 = 12;
const GHSA_BYTES: usize = 7;

/// From here on the first byte is the year of a `MAL-` id.
const MALICIOUS: u8 = 16;
const MALICIOUS_SINCE: u64 = 2000;
const CVE: u8 = 1;
const GHSA: u8 = 2;
const OTHER: u8 = 3;

impl<'a> Id<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let compact = Self::numbered(text).or_else(|| Self::ghsa(text));
        // Only what comes out again as it went in: `MAL-2025-007` stays a text.
        compact
            .filter(|id| id.to_string() == text)
            .unwrap_or(Self::Other(text))
    }

    fn numbered(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (kind, year, number) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, number) = (year.parse().ok()?, number.parse().ok()?);
        if year > 9_999 || number >= 1 << 48 {
            return None;
        }
        let recent = (MALICIOUS_SINCE..MALICIOUS_SINCE + 200).contains(&year);
        match kind {
            "MAL" if recent => Some(Self::Malicious { year, number }),
            "CVE" => Some(Self::Cve { year, number }),
            _ => None,
        }
    }

    fn ghsa(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("GHSA-")?;
        let mut value = 0;
        let mut length = 0;
        for byte in digits.bytes().filter(|byte| *byte != b'-') {
            let digit = GHSA_DIGITS.iter().position(|known| *known == byte)?;
            length += 1;
            if length > GHSA_LENGTH {
                return None;
            }
            value = value * 20 + digit as u64;
        }
        (length == GHSA_LENGTH).then_some(Self::Ghsa(value))
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        match reader.u8()? {
            CVE => Some(Self::Cve {
                year: reader.number()?,
                number: reader.number()?,
            }),
            GHSA => {
                let mut bytes = [0; 8];
                bytes[..GHSA_BYTES].copy_from_slice(reader.take(GHSA_BYTES)?);
                let value = u64::from_le_bytes(bytes);
                (value < 20_u64.pow(GHSA_LENGTH)).then_some(Self::Ghsa(value))
            }
            OTHER => reader.text().map(Self::Other),
            tag => Some(Self::Malicious {
                year: MALICIOUS_SINCE + u64::from(tag.checked_sub(MALICIOUS)?),
                number: reader.number()?,
            }),
        }
    }

    pub(super) fn put(self, out: &mut Vec<u8>) {
        match self {
            Self::Malicious { year, number } => {
                out.push(MALICIOUS + (year - MALICIOUS_SINCE) as u8);
                put_number(out, number);
            }
            Self::Cve { year, number } => {
                out.push(CVE);
                put_number(out, year);
                put_number(out, number);
            }
            Self::Ghsa(value) => {
                out.push(GHSA);
                out.extend_from_slice(&value.to_le_bytes()[..GHSA_BYTES]);
            }
            Self::Other(text) => {
                out.push(OTHER);
                put_text(out, text);
            }
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malicious { year, number } => write!(out, "MAL-{year}-{number}"),
            Self::Cve { year, number } => write!(out, "CVE-{year}-{number:04}"),
            Self::Ghsa(value) => {
                let mut digits = [0; GHSA_LENGTH as usize];
                let mut rest = *value;
                for digit in digits.iter_mut().rev() {
                    *digit = GHSA_DIGITS[(rest % 20) as usize];
                    rest /= 20;
                }
                out.write_str("GHSA")?;
                for four in digits.chunks(4) {
                    write!(out, "-{}", String::from_utf8_lossy(four))?;
                }
                Ok(())
            }
            Self::Other(text) => out.write_str(text),
        }
    }
}
