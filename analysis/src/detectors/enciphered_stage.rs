//! Code that is deciphered or unpacked and then run.

use super::{Detector, Looks};
use crate::api;
use crate::facts::{Call, Facts, Sink, Source as Origin};
use crate::finding::Severity;
use crate::found::Found;
use crate::raw;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "enciphered-stage",
    title: "Deciphers something and runs it",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("enciphered_stage.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let Some((call, how)) = facts
        .calls
        .iter()
        .find_map(|call| Some((call, opens(call)?)))
    else {
        return;
    };
    let literal = facts
        .strings
        .iter()
        .any(|text| text.text.len() >= 500 && raw::encoding(&text.text).is_some());
    let flows = facts.flows.iter().any(|flow| {
        flow.source == Origin::Blob
            && matches!(flow.sink, Sink::Code | Sink::Process | Sink::RunFile)
    });
    let near = facts
        .calls
        .iter()
        .filter(|other| other.uses.runs_text.is_some())
        .find(|sink| {
            facts.calls.iter().any(|call| {
                opens(call) == Some(how) && are_near(facts, call.function, sink.function)
            })
        });
    let severity = match (how, near.is_some(), literal, flows) {
        (How::Deciphered, _, _, true) | (How::Unpacked, _, true, true) => Severity::Critical,
        (How::Deciphered, true, true, _) => Severity::Critical,
        (How::Deciphered, true, false, _) => Severity::High,
        (How::Unpacked, true, true, _) => Severity::High,
        _ => return,
    };
    let message = match how {
        How::Deciphered => "deciphers something and runs code",
        How::Unpacked => "unpacks a text that it carries and runs code",
    };
    let builder = found.call(call).severity(severity).message(message);
    match near {
        Some(sink) => builder.via(file.place(sink.span)).add(),
        None => builder.add(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Deciphered,
    Unpacked,
}

fn opens(call: &Call) -> Option<How> {
    let callee = api::plain(&call.callee);
    let name = callee.rsplit('.').next().unwrap_or(callee);
    if matches!(
        name,
        "createDecipher" | "createDecipheriv" | "privateDecrypt"
    ) || callee.ends_with("subtle.decrypt")
        || (name == "decrypt"
            && [
                "crypto-js",
                "CryptoJS",
                "sjcl",
                "aes-js",
                "node-forge",
                "tweetnacl",
                "AES",
                "aes",
                "rc4",
                "RC4",
            ]
            .iter()
            .any(|library| callee.contains(library)))
        || callee.ends_with("secretbox.open")
    {
        return Some(How::Deciphered);
    }
    let unpacks = [
        "zlib.",
        "pako.",
        "fflate.",
        "lz-string.",
        "lzma.",
        "brotli.",
        "snappy.",
        "fzstd.",
    ]
    .iter()
    .any(|library| callee.starts_with(library))
        && ["nflate", "nzip", "ecompress", "ungzip"]
            .iter()
            .any(|verb| name.contains(verb));
    (unpacks || callee == "DecompressionStream").then_some(How::Unpacked)
}

/// In one function, or one within the other, or both in a file that is not a bundle of many.
fn are_near(facts: &Facts, one: u32, other: u32) -> bool {
    const FEW: usize = 60;
    if facts.functions.len() <= FEW {
        return true;
    }
    let within = |mut inner: u32, outer: u32| {
        if outer == 0 {
            return inner == 0;
        }
        while inner > outer {
            inner = facts
                .functions
                .get(inner as usize)
                .map_or(0, |function| function.parent);
        }
        inner == outer
    };
    within(one, other) || within(other, one)
}
