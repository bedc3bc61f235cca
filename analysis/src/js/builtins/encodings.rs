//! Base64, hexadecimal, percent signs.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{int, number, to_text};
use crate::js::known::Known;

/// As lenient as `atob` and `Buffer.from` are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn bytes_of(value: Option<&Known>, encoding: Option<&Known>) -> Option<Vec<u8>> {
    match value? {
        Known::Text(text, _) => match encoding.and_then(to_text).as_deref() {
            None | Some("utf8" | "utf-8" | "undefined") => Some(text.as_bytes().to_vec()),
            Some("base64" | "base64url") => base64_bytes(text),
            Some("hex") => hex_bytes(text),
            Some("latin1" | "binary" | "ascii") => {
                Some(text.chars().map(|c| u32::from(c) as u8).collect())
            }
            _ => None,
        },
        Known::Array(items) => {
            let items = items.try_borrow().ok()?;
            if items.is_empty() {
                return None;
            }
            items
                .iter()
                .map(|item| number(item).map(|value| int(value) as u8))
                .collect()
        }
        Known::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// The bytes of base64 text in either alphabet, spaces ignored.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    BASE64.decode(clean).ok()
}

/// The bytes of hexadecimal text.
pub(in crate::js) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            Some((char::from(pair[0]).to_digit(16)? * 16 + char::from(pair[1]).to_digit(16)?) as u8)
        })
        .collect()
}

pub(in crate::js) fn percent_decoded(text: &str, lenient: bool) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut latin = String::new();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'%' {
            let code = text
                .get(index + 1..index + 3)
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match code {
                Some(code) => {
                    out.push(code);
                    latin.push(char::from(code));
                    index += 3;
                    continue;
                }
                None if !lenient => return None,
                None => {}
            }
        }
        let c = text[index..].chars().next()?;
        let mut buffer = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        latin.push(c);
        index += c.len_utf8();
    }
    if lenient {
        Some(latin)
    } else {
        String::from_utf8(out).ok()
    }
}
