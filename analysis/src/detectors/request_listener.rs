//! Listeners to all requests of an application or a browser.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "request-listener",
    title: "Listens to all requests",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("request_listener.md"),
    looks: Looks::File(look),
};

const EVENTS: &[&str] = &[
    ".onBeforeRequest",
    ".onBeforeSendHeaders",
    ".onSendHeaders",
    ".onBeforeRequest.addListener",
    ".onBeforeSendHeaders.addListener",
    ".onSendHeaders.addListener",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        if EVENTS.iter().any(|event| call.callee.ends_with(event)) {
            found
                .call(call)
                .message("sees every request of the application, with its body and headers")
                .add();
        }
    }
}
