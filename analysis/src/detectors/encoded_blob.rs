//! Long texts that are an encoding of bytes, and that are decoded.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::facts::{Source as Origin, Text};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::{self, Kind};
use crate::raw::{self, Encoding};
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "encoded-blob",
    title: "Carries a large encoded text that it decodes",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("encoded_blob.md"),
    looks: Looks::File(look),
};

const LEAST: usize = 1_000;

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let blobs: Vec<(&Text, Encoding)> = facts
        .strings
        .iter()
        .filter(|text| text.text.len() >= LEAST && !text.text.starts_with("data:"))
        .filter_map(|text| Some((text, raw::encoding(&text.text)?)))
        .collect();
    if blobs.is_empty() {
        return;
    }
    let decodes = facts
        .calls
        .iter()
        .any(|call| is_decoder(&call.callee, &call.args))
        || facts.flows.iter().any(|flow| flow.source == Origin::Blob);
    if !decodes {
        return;
    }
    let mut seen = BTreeSet::new();
    for (text, encoding) in blobs {
        if !seen.insert(&text.text) {
            continue;
        }
        let inside = inside(&text.text, encoding);
        let known = inside.is_some_and(|kind| {
            matches!(
                kind,
                Kind::Wasm
                    | Kind::Image
                    | Kind::Font
                    | Kind::Media
                    | Kind::Json
                    | Kind::Svg
                    | Kind::Css
            )
        });
        let message = match inside {
            Some(kind) if kind != Kind::Binary => format!(
                "carries {} in a text of {} bytes",
                kind.phrase(),
                text.text.len()
            ),
            _ => format!(
                "carries a text of {} bytes that is an encoding of something, and decodes texts",
                text.text.len()
            ),
        };
        found
            .text(text)
            .severity(if known {
                Severity::Low
            } else {
                Severity::Medium
            })
            .message(message)
            .add();
    }
}

/// What the bytes are, if they can be had without running anything.
fn inside(text: &str, encoding: Encoding) -> Option<Kind> {
    const HEAD: usize = 4_096;
    let head: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(HEAD)
        .collect();
    let bytes = match encoding {
        Encoding::Base64 => {
            let config = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true);
            let alphabet = if head.contains(['-', '_']) {
                base64::alphabet::URL_SAFE
            } else {
                base64::alphabet::STANDARD
            };
            GeneralPurpose::new(&alphabet, config)
                .decode(head.trim_end_matches('='))
                .ok()?
        }
        Encoding::Hex => head
            .as_bytes()
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect::<Option<Vec<u8>>>()?,
        Encoding::Dense => return None,
    };
    Some(kind::of("", &bytes))
}

/// Functions that turn such a text into bytes or text.
fn is_decoder(callee: &str, args: &[Value]) -> bool {
    let encoding = || {
        args.get(1).and_then(Value::text).is_some_and(|encoding| {
            matches!(
                encoding,
                "base64" | "base64url" | "hex" | "latin1" | "binary"
            )
        })
    };
    match callee {
        "atob"
        | "unescape"
        | "decodeURIComponent"
        | "Uint8Array.fromBase64"
        | "Uint8Array.fromHex" => true,
        "Buffer.from" | "Buffer" | "buffer.Buffer.from" => encoding(),
        _ => {
            callee.ends_with("toByteArray")
                || callee.ends_with(".charCodeAt")
                || callee.starts_with("zlib.")
                    && (callee.contains("nflate")
                        || callee.contains("nzip")
                        || callee.contains("ecompress"))
                || callee.starts_with("pako.")
                || callee.starts_with("fflate.")
                || callee.starts_with("lz-string.")
                || callee.starts_with("crypto.createDecipher")
        }
    }
}
