//! Built-in prototypes, changed.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "prototype-hook",
    title: "Changes what is built in",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("prototype_hook.md"),
    looks: Looks::File(look),
};

/// Methods that everything goes through, so that whoever changes them sees all of it.
const GATES: &[&str] = &[
    "Function.prototype.call",
    "Function.prototype.apply",
    "Function.prototype.bind",
    "Function.prototype.toString",
    "Object.prototype.toString",
    "Object.defineProperty",
    "Object.assign",
    "Object.keys",
    "Array.prototype.push",
    "Array.prototype.map",
    "Array.prototype.forEach",
    "Array.prototype.filter",
    "Array.prototype.join",
    "Promise.prototype.then",
    "String.prototype.replace",
    "String.prototype.split",
    "JSON.parse",
    "JSON.stringify",
    "Math.random",
    "Date.now",
    "EventTarget.prototype.addEventListener",
    "HTMLFormElement.prototype.submit",
    "Element.prototype.setAttribute",
    "Node.prototype.appendChild",
    "Storage.prototype.setItem",
    "Storage.prototype.getItem",
    "localStorage.setItem",
    "Response.prototype.json",
    "Response.prototype.text",
    "Response.prototype.arrayBuffer",
    "WebSocket.prototype.send",
    "WebSocket",
    "navigator.sendBeacon",
    "document.createElement",
    "crypto.getRandomValues",
    "crypto.subtle.encrypt",
    "Buffer.from",
    "eval",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        if !hooks::changes(write) || hooks::is_guarded(file, write) {
            continue;
        }
        let gate = GATES.contains(&&*write.path);
        let whole = write.path.starts_with("Object.prototype.")
            || write.path.starts_with("Function.prototype.");
        if !gate && !whole {
            continue;
        }
        let severity = if gate {
            Severity::Medium
        } else {
            Severity::Low
        };
        found
            .write(write)
            .severity(severity)
            .message(format!("changes {} for everybody", write.path))
            .add();
    }
}
