//! The clipboard.

use super::{Detector, Looks};
use crate::api;
use crate::command::{self, Deed};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "clipboard",
    title: "Reads the clipboard",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("clipboard.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let reads = matches!(
            api::plain(&call.callee),
            "navigator.clipboard.readText"
                | "navigator.clipboard.read"
                | "clipboardy.read"
                | "clipboardy.readSync"
                | "clipboardy.default.read"
                | "clipboardy.default.readSync"
                | "electron.clipboard.readText"
                | "copy-paste.paste"
                | "clipboard-event"
        ) || api::command_line(call)
            .is_some_and(|line| command::read(&line).does(Deed::ReadsClipboard));
        if reads {
            found.call(call).message("reads the clipboard").add();
        }
    }
}
