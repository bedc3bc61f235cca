//! `XMLHttpRequest`, patched.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "xhr-hook",
    title: "Puts itself in the way of XMLHttpRequest",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("xhr_hook.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    // Polyfills see to the body; who wants to know where a request goes has to be there when it is opened.
    let opens = file
        .facts
        .writes
        .iter()
        .any(|write| &*write.path == "XMLHttpRequest.prototype.open" && hooks::changes(write));
    for write in &file.facts.writes {
        let Some(rest) = write.path.strip_prefix("XMLHttpRequest") else {
            continue;
        };
        let (severity, what) = match rest.strip_prefix(".prototype.") {
            Some(
                name @ ("open" | "send" | "setRequestHeader" | "response" | "responseText"
                | "onreadystatechange"),
            ) => (
                if opens {
                    Severity::High
                } else {
                    Severity::Medium
                },
                format!("changes XMLHttpRequest's {name}, so that it sees every request"),
            ),
            Some(_) => continue,
            None if rest.is_empty() => (Severity::Medium, "replaces XMLHttpRequest".to_owned()),
            None => continue,
        };
        if !hooks::changes(write) || hooks::is_guarded(file, write) {
            continue;
        }
        found.write(write).severity(severity).message(what).add();
    }
}
