//! The ways in which a string can stand in a file: as it is, in base64, in hexadecimal digits, as escapes, or in pieces.

use std::fmt::Write;

/// How a string was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    Plain,
    Base64,
    /// Two digits for each byte.
    Hex,
    /// `\x` and two digits.
    HexEscapes,
    /// `\u` and four digits.
    UnicodeEscapes,
    /// Cut into strings of ten characters, as obfuscators do; all of them in one file.
    Pieces,
}

/// Characters of one piece: the usual setting of the usual obfuscator.
pub(super) const PIECE: usize = 10;

/// Strings of fewer whole pieces are not looked for in pieces: two strings of ten characters may meet by accident.
const PIECES: usize = 3;

impl Form {
    /// Its name in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::HexEscapes => "hex-escapes",
            Self::UnicodeEscapes => "unicode-escapes",
            Self::Pieces => "pieces",
        }
    }
}

/// Every way to write a string as one, each once.
pub(super) fn forms(text: &[u8]) -> Vec<(Form, Vec<u8>)> {
    let mut all = vec![(Form::Plain, text.to_vec())];
    for shift in 0..3 {
        let standard = base64(text, shift);
        let web: Vec<u8> = standard
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        all.push((Form::Base64, standard));
        all.push((Form::Base64, web));
    }
    // Source maps, and bundles that evaluate their modules, hold code in strings: there each backslash is two.
    let before_each = [
        (Form::Hex, ""),
        (Form::HexEscapes, "\\x"),
        (Form::HexEscapes, "\\\\x"),
        (Form::UnicodeEscapes, "\\u00"),
        (Form::UnicodeEscapes, "\\\\u00"),
    ];
    for (form, before) in before_each {
        let (mut lower, mut upper) = (String::new(), String::new());
        for byte in text {
            let _ = write!(lower, "{before}{byte:02x}");
            let _ = write!(upper, "{before}{byte:02X}");
        }
        all.push((form, lower.into_bytes()));
        all.push((form, upper.into_bytes()));
    }
    all.sort();
    all.dedup();
    all
}

/// The whole pieces of a string, if it has enough of them.
pub(super) fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let pieces: Vec<&[u8]> = text.chunks_exact(PIECE).collect();
    match pieces.len() >= PIECES {
        true => pieces,
        false => Vec::new(),
    }
}

/// The characters of base64 that do not depend on what stands before and after the text, `shift` bytes into a group of three.
fn base64(text: &[u8], shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |index: usize| {
        let byte = (index / 8).checked_sub(shift).and_then(|at| text.get(at));
        byte.is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
    };
    let first = (shift * 8).div_ceil(6);
    let end = (shift + text.len()) * 8 / 6;
    let character = |place: usize| {
        let value = (0..6).fold(0_usize, |value, at| {
            value << 1 | usize::from(bit(place * 6 + at))
        });
        ALPHABET[value]
    };
    (first..end).map(character).collect()
}
