//! A second key that only its author knows.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "hashed-key",
    title: "Compares a hash with one that it carries",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("hashed_key.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let calls = &file.facts.calls;
    let hashes = calls.iter().any(|call| {
        matches!(
            &*call.callee,
            "crypto.createHash" | "crypto.hash" | "crypto.createHmac" | "crypto.subtle.digest"
        )
    });
    // Sums of files and of what is fetched are compared all the time.
    let verifies = calls.iter().any(|call| {
        call.uses.reads_file
            || call.uses.network.is_some()
            || call.callee.contains("createReadStream")
    });
    if !hashes || verifies {
        return;
    }
    let sum = file.facts.strings.iter().find(|text| is_sum(&text.text));
    // A table of them is a list of sums.
    let several = file
        .facts
        .strings
        .iter()
        .filter(|text| is_sum(&text.text))
        .count()
        > 8;
    if let Some(text) = sum.filter(|_| !several) {
        found
            .text(text)
            .message("has a hash of its own beside code that makes hashes: a key that only its author knows fits")
            .add();
    }
}

/// The length of a hash in hexadecimal, and as mixed as one.
fn is_sum(text: &str) -> bool {
    matches!(text.len(), 40 | 64 | 96 | 128)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (0..16_u8)
            .filter(|digit| {
                let digit = char::from_digit(u32::from(*digit), 16).unwrap_or('0');
                text.contains(digit) || text.contains(digit.to_ascii_uppercase())
            })
            .count()
            >= 11
}
