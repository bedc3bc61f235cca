//! Code that is decoded and run.

use super::{Detector, Looks, code_of_bytes};
use crate::api;
use crate::facts::{Sink, Source};
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
        let hidden = match api::code(call) {
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
    for flow in code_of_bytes::flows(&file.facts) {
        if code_of_bytes::loads_modules(&file.facts, flow) {
            found
                .flow(flow)
                .severity(Severity::High)
                .message(code_of_bytes::message(flow))
                .add();
        }
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
