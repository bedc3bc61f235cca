//! Code that is decoded and run.

use super::{Detector, Looks};
use crate::api;
use crate::facts::{Flow, Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "encoded-payload-run",
    title: "Runs what it decodes",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("encoded_payload_run.md"),
    looks: Looks::File(look),
};

/// A text shorter than this does nothing by itself: `require`, `return this`.
const SHORTEST: usize = 16;

/// How base64 of WebAssembly begins.
const WASM: &str = "AGFzb";

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut told = Vec::new();
    for call in &file.facts.calls {
        let Some(at) = api::runs_text(&call.callee) else {
            continue;
        };
        let code = if at == usize::MAX {
            call.args.last()
        } else {
            call.args.get(at)
        };
        let hidden = match code {
            Some(Value::String(code)) => {
                call.decoded && code.trim().len() >= SHORTEST && !is_open(code, &file.text)
            }
            _ => false,
        };
        if hidden {
            told.push(call.span);
            found
                .call(call)
                .message(format!(
                    "decodes a text and runs it as code by {}",
                    call.callee
                ))
                .add();
        }
    }
    for flow in &file.facts.flows {
        if flow.source != Source::Blob || told.contains(&flow.to_span) {
            continue;
        }
        // What is unpacked from anywhere else than a literal is the business of where it comes from.
        let unpacked = flow.from.starts_with("zlib.") || &*flow.from == "DecompressionStream()";
        let (severity, verb) = match flow.sink {
            // Bundlers put the code of a worker or of a module into a text, to need no second file.
            Sink::Code if flow.to.contains("WebAssembly") => continue,
            Sink::Code if flow.to.contains("Worker") || flow.to.contains("import") => {
                (Severity::Medium, "runs it")
            }
            // A module's bytes, and somewhere else a text that is run: literals are told from each other no further.
            Sink::Code if carries_wasm(file) => (Severity::Medium, "runs it"),
            Sink::Code => (Severity::Critical, "runs it as code"),
            Sink::Process => (Severity::Critical, "runs it as a command"),
            Sink::RunFile if unpacked => (Severity::Medium, "writes it to a file that is run"),
            Sink::RunFile => (Severity::Critical, "writes it to a file that is run"),
            _ => continue,
        };
        found
            .flow(flow)
            .severity(severity)
            .message(format!("decodes a text and {verb} by {}", flow.to))
            .add();
    }
    of_bytes(file, found);
}

/// Code that was put together of bytes or character codes: no constant, but nothing that somebody wrote as code either.
fn of_bytes(file: &FileView<'_>, found: &mut Found) {
    let mut told = Vec::new();
    for flow in &file.facts.flows {
        let other = |flow: &Flow| {
            matches!(
                flow.source,
                Source::Network | Source::Blob | Source::File | Source::SecretFile
            )
        };
        // What came from elsewhere is told by where it came from.
        if flow.source != Source::Bytes
            || flow.sink != Sink::Code
            || flow.to.contains("WebAssembly")
            || told.contains(&flow.to_span)
            || file
                .facts
                .flows
                .iter()
                .any(|same| same.to_span == flow.to_span && other(same))
        {
            continue;
        }
        told.push(flow.to_span);
        // Programs that were compiled to WebAssembly keep their texts as bytes.
        let compiled = file
            .facts
            .calls
            .iter()
            .any(|call| call.callee.starts_with("WebAssembly"));
        found
            .flow(flow)
            .severity(match compiled {
                true => Severity::Medium,
                false => Severity::High,
            })
            .message(format!(
                "puts a text together of bytes and runs it as code by {}",
                flow.to
            ))
            .add();
    }
}

/// Whether the words of the code stand in the file as they are: it was joined, not decoded.
fn is_open(code: &str, text: &str) -> bool {
    let words = code
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.len() >= 4);
    let (mut all, mut open) = (0, 0);
    for word in words.take(100) {
        all += 1;
        open += usize::from(text.contains(word));
    }
    open * 10 >= all * 9
}

fn carries_wasm(file: &FileView<'_>) -> bool {
    file.facts
        .strings
        .iter()
        .any(|text| text.text.contains(WASM))
        && file
            .facts
            .calls
            .iter()
            .any(|call| call.callee.starts_with("WebAssembly"))
}
