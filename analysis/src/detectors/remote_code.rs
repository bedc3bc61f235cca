//! What the network answers is run.

use super::{Detector, Looks};
use crate::facts::{Flow, Sink, Source};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::host;
use crate::reach;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "remote-code",
    title: "Runs what it fetches",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("remote_code.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let named = named(file).is_some();
    for flow in &file.facts.flows {
        if flow.source != Source::Network {
            continue;
        }
        // Texts of other elements are shown, not run.
        let element = flow.to.contains("createElement");
        let made =
            flow.to.starts_with("document.createElement().") && flow.to.matches("()").count() == 1;
        if element && !(made && makes_scripts(file)) {
            continue;
        }
        let Some((severity, message)) = judged(flow, file.phase_of(flow.function), named) else {
            continue;
        };
        let severity = if element {
            severity.min(Severity::High)
        } else {
            severity
        };
        found.flow(flow).severity(severity).message(message).add();
    }
    unseen(file, found);
    for call in &file.facts.calls {
        let unknown = |arg: &Value| {
            matches!(arg, Value::Concat(_))
                && arg.prefix().is_some_and(|start| start.contains("://"))
                && host::of_value(arg).is_none()
        };
        if &*call.callee == "importScripts" && call.args.iter().any(unknown) {
            found
                .call(call)
                .severity(Severity::High)
                .message("loads a script from a host that is put together")
                .add();
        }
    }
    for import in &file.facts.imports {
        if let Some(host) = host::of_value(&import.specifier).filter(|host| host.is_public()) {
            found
                .import(import)
                .severity(Severity::Medium)
                .message(format!("loads a module from {}", host.name))
                .add();
        }
    }
}

/// Code that is given `require`, in a file that asks a host it names: where the text comes from was not seen, but what
/// else would it be. The answers to job seekers' test projects came as the data of an error.
fn unseen(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let gets_require = &*call.callee == "Function"
            && call.args.len() > 1
            && call.args[..call.args.len() - 1].iter().any(|parameter| {
                parameter
                    .text()
                    .is_some_and(|text| text.split(',').any(|name| name.trim() == "require"))
            })
            && call
                .args
                .last()
                .is_some_and(|code| matches!(code, Value::Unknown | Value::Path(_)));
        if !gets_require
            || file
                .facts
                .flows
                .iter()
                .any(|flow| flow.to_span == call.span)
        {
            continue;
        }
        let Some(reached) = named(file) else {
            return;
        };
        found
            .call(call)
            .severity(Severity::High)
            .message(format!(
                "runs a text as code that may load modules, and asks {}",
                reached.host.name
            ))
            .add();
    }
}

/// A public host that the file asks and that is not the project's own.
fn named<'f>(file: &FileView<'f>) -> Option<&'f reach::Reached> {
    reach::reached(file.source).iter().find(|reached| {
        reached.host.is_public()
            && !reached.looked_up
            && !file.package.own_hosts.has(&reached.host.name)
    })
}

fn makes_scripts(file: &FileView<'_>) -> bool {
    file.facts.calls.iter().any(|call| {
        &*call.callee == "document.createElement"
            && call
                .args
                .first()
                .and_then(Value::text)
                .is_none_or(|tag| tag.eq_ignore_ascii_case("script"))
    })
}

fn judged(flow: &Flow, phase: Phase, named: bool) -> Option<(Severity, String)> {
    match flow.sink {
        Sink::Code if flow.to.contains("WebAssembly") => {
            Some((Severity::Low, "runs WebAssembly that it fetches".to_owned()))
        }
        Sink::Code => Some((
            Severity::Critical,
            format!("runs as code what {} answers", flow.from),
        )),
        Sink::Process => {
            // A version number among the arguments of a known program is no program.
            let program = flow.args.first().and_then(Value::prefix).unwrap_or("");
            let known = program.trim().len() >= 2
                && !matches!(
                    program.trim(),
                    "sh" | "bash" | "node" | "powershell" | "cmd" | "python" | "python3"
                );
            if known {
                Some((
                    Severity::Low,
                    format!(
                        "gives what {} answers to {}",
                        flow.from,
                        program.split(' ').next().unwrap_or(program)
                    ),
                ))
            } else {
                Some((
                    Severity::Critical,
                    format!("runs as a command what {} answers", flow.from),
                ))
            }
        }
        // Installers fetch programs: the version before tells whether this one always did.
        Sink::RunFile if phase == Phase::Install || named => Some((
            Severity::High,
            format!("writes what {} answers to a file that is run", flow.from),
        )),
        Sink::RunFile => Some((
            Severity::Medium,
            format!("writes what {} answers to a file that is run", flow.from),
        )),
        _ => None,
    }
}
