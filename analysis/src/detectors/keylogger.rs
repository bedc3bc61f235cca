//! What a person types.

use super::{Detector, Looks};
use crate::facts::{Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "keylogger",
    title: "Listens to what is typed",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("keylogger.md"),
    looks: Looks::File(look),
};

/// Modules that see the keys of the whole machine.
const GLOBAL: &[&str] = &[
    "node-global-key-listener",
    "iohook",
    "uiohook-napi",
    "iohook-macos",
    "gkm",
    "asynckeystate",
    "keylogger.js",
    "win-key-listener",
];

/// Words that mean a hook of the system's keyboard in whatever language they are handed to.
static WORDS: Words = Words::new(&[
    "GetAsyncKeyState",
    "SetWindowsHookEx",
    "CGEventTapCreate",
    "/dev/input/event",
    "xinput test",
]);

fn look(file: &FileView<'_>, found: &mut Found) {
    for flow in &file.facts.flows {
        if flow.source == Source::Input
            && matches!(
                flow.sink,
                Sink::Body | Sink::Url | Sink::Header | Sink::Dns | Sink::Socket
            )
            && is_keys(&flow.from)
        {
            found
                .flow(flow)
                .message(format!("sends what is typed by {}", flow.to))
                .add();
        }
    }
    for import in &file.facts.imports {
        if import
            .specifier
            .text()
            .is_some_and(|name| GLOBAL.contains(&name))
        {
            found
                .import(import)
                .severity(Severity::Medium)
                .message("sees every key that is pressed on the machine")
                .add();
        }
    }
    for text in file.texts_with(&WORDS) {
        found
            .text(text)
            .message("hooks the system's keyboard")
            .add();
    }
}

/// Keys as they are pressed; forms send what was typed into them, as they should.
fn is_keys(from: &str) -> bool {
    let from = from.to_ascii_lowercase();
    from.contains("key") || from.contains("of the whole page")
}
