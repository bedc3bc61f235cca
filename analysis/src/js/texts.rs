//! Texts that are code, or say code once they are decoded.

use super::builtins;
use super::known::Known;
use crate::words::Words;

/// Code that reaches out, as a text: to be put into somebody else's files or pages.
pub(super) fn looks_like_code(text: &str) -> bool {
    static WAYS_OUT: Words = Words::new(&[
        "new WebSocket(",
        "require(",
        "fetch(",
        "XMLHttpRequest",
        "sendBeacon(",
        "child_process",
    ]);
    (60..40_000).contains(&text.len())
        && text.contains('{')
        && text.contains([';', '\n'])
        && WAYS_OUT.are_in(text)
}

/// Code that is put together around what is not known, which is a name there more often than not.
pub(super) fn code_with_gaps(parts: &[Known]) -> Option<String> {
    if !parts
        .iter()
        .any(|part| matches!(part, Known::Text(text, _) if text.contains('(')))
    {
        return None;
    }
    let mut code = String::new();
    for part in parts {
        match part {
            Known::Text(text, _) => code.push_str(text),
            _ => code.push_str("gap"),
        }
    }
    looks_like_code(&code).then_some(code)
}

/// The code of a module that is its own address: `data:text/javascript,…`.
pub(super) fn data_module(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("data:text/javascript")
        .or_else(|| text.strip_prefix("data:application/javascript"))?;
    let (parameters, data) = rest.split_once(',')?;
    if parameters.ends_with(";base64") {
        let decoded = String::from_utf8(builtins::base64_bytes(data)?).ok()?;
        return (decoded.len() >= 8).then_some(decoded);
    }
    builtins::percent_decoded(data, true).filter(|decoded| decoded.len() >= 8)
}

/// Bytes of data that are looked through, and runs of base64 in them.
const DATA: usize = 4 << 20;
const RUNS: usize = 400;

/// The first long text of base64 in a file of data that says code which reaches out, and where it begins.
pub fn encoded_code(text: &str) -> Option<(usize, String)> {
    let bytes = &text.as_bytes()[..text.len().min(DATA)];
    let mut at = 0;
    let mut runs = 0;
    while at < bytes.len() && runs < RUNS {
        let length = bytes[at..]
            .iter()
            .position(|byte| !is_base64(byte))
            .unwrap_or(bytes.len() - at);
        if length >= 120 {
            runs += 1;
            let run = text.get(at..at + length.min(256 << 10))?;
            if let Some(inner) = encoded_text(run).filter(|inner| reaches_out(inner)) {
                return Some((at, inner));
            }
        }
        at += length + 1;
    }
    None
}

/// Code, not a text about it: it calls what leads out of it.
pub(super) fn reaches_out(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "require(",
        "import(",
        "process.",
        "eval(",
        "fetch(",
        "https",
        "child_process",
        "document.",
        "new Image(",
    ];
    let calls = text.contains(['(', '{']) && text.contains([';', '=']);
    calls && WORDS.iter().filter(|word| text.contains(**word)).count() >= 2
}

/// Both alphabets of RFC 4648, and what fills up.
fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// What long base64 or hexadecimal text says, if it says something readable.
pub(super) fn encoded_text(text: &str) -> Option<String> {
    if text.len() < 24 || text.len() > 4 << 20 {
        return None;
    }
    let bytes = text.as_bytes();
    if !bytes.iter().take(64).all(is_base64)
        || !bytes
            .iter()
            .all(|byte| is_base64(byte) || byte.is_ascii_whitespace())
    {
        return None;
    }
    let hexadecimal = bytes.iter().all(u8::is_ascii_hexdigit);
    let decoded = if hexadecimal {
        builtins::hex_bytes(text)?
    } else {
        builtins::base64_bytes(text)?
    };
    let decoded = String::from_utf8(decoded).ok()?;
    let printable = decoded
        .chars()
        .filter(|c| c.is_ascii_graphic() || matches!(c, ' ' | '\n' | '\t' | '\r'))
        .count();
    (decoded.len() >= 12 && printable * 20 >= decoded.chars().count() * 19).then_some(decoded)
}
