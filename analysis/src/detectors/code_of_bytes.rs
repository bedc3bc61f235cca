//! Code that is put together of bytes when it runs.

use super::{Detector, Looks};
use crate::facts::{Call, Facts, Flow, Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "code-of-bytes",
    title: "Puts code together of bytes and runs it",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("code_of_bytes.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    // Programs that were compiled to WebAssembly keep their texts as bytes.
    let compiled = (file.facts.calls.iter()).any(|call| call.callee.starts_with("WebAssembly"));
    for import in &file.facts.imports {
        let Some(start) = import.specifier.prefix() else {
            continue;
        };
        let made = import.specifier.text().is_none()
            && ["data:text/javascript", "data:application/javascript"]
                .iter()
                .any(|form| start.starts_with(form));
        if made {
            found
                .import(import)
                .message("imports a module whose code is put together")
                .add();
        }
    }
    for flow in flows(&file.facts) {
        if loads_modules(&file.facts, flow) {
            continue;
        }
        found
            .flow(flow)
            .severity(match compiled {
                true => Severity::Medium,
                false => Severity::High,
            })
            .message(message(flow))
            .add();
    }
}

pub(super) fn message(flow: &Flow) -> String {
    format!(
        "puts a text together of bytes and runs it as code by {}",
        flow.to
    )
}

/// Bytes that become code, one of each place.
pub(super) fn flows(facts: &Facts) -> impl Iterator<Item = &Flow> {
    let mut told = Vec::new();
    facts.flows.iter().filter(move |flow| {
        // What came from elsewhere is told by where it came from.
        let elsewhere = |same: &Flow| {
            same.to_span == flow.to_span
                && matches!(
                    same.source,
                    Source::Network | Source::Blob | Source::File | Source::SecretFile
                )
        };
        let code = flow.source == Source::Bytes
            && flow.sink == Sink::Code
            && !flow.to.contains("WebAssembly")
            // Texts of elements are mostly shown.
            && !flow.to.contains("createElement")
            && !told.contains(&flow.to_span)
            && !facts.flows.iter().any(elsewhere);
        if code {
            told.push(flow.to_span);
        }
        code
    })
}

/// Whether the code is given what it needs to load modules.
pub(super) fn loads_modules(facts: &Facts, flow: &Flow) -> bool {
    let asks = |value: &Value| {
        let mut any = false;
        value.texts(&mut |text| any |= text == "require");
        any || matches!(value, Value::Path(path) if path.starts_with("module.wrap"))
    };
    flow.to.ends_with("._compile")
        || facts
            .calls
            .iter()
            .any(|call| call.span == flow.to_span && call.args.iter().any(asks))
        || facts.calls.iter().any(gets_require)
}

/// `new Function("load", text)(require)`: what was made of a text is called with it, and not as a module is.
pub(super) fn gets_require(call: &Call) -> bool {
    let given = |names: &[&str]| {
        call.args
            .iter()
            .any(|arg| matches!(arg, Value::Path(path) if names.contains(&&**path)))
    };
    matches!(
        &*call.callee,
        "Function()" | "vm.compileFunction()" | "eval()"
    ) && given(&["require", "module.require", "module.require.bind()"])
        // Modules get five things.
        && call.args.len() <= 2
        && !given(&["exports", "module.exports"])
}
