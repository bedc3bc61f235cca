//! Variables of the environment.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::secret;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "environment-read",
    title: "Reads variables of the environment",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("environment_read.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for read in &file.facts.reads {
        let Some(name) = read.path.strip_prefix("process.env.") else {
            continue;
        };
        let name = name.split(['.', '(', '[']).next().unwrap_or(name);
        if name.is_empty() || is_everybodys(name) || !seen.insert(name.to_owned()) {
            continue;
        }
        let (severity, message) = if secret::powerful_variable(name) {
            (
                Severity::Medium,
                format!("reads {name}, which opens registries, code hosts or clouds"),
            )
        } else if secret::variable(name) {
            (Severity::Low, format!("reads {name}, which holds a secret"))
        } else {
            (Severity::Note, format!("reads {name}"))
        };
        found
            .at(read.span)
            .function(read.function)
            .severity(severity)
            .message(message)
            .evidence(&*read.path)
            .same(name)
            .add();
    }
}

/// What every second program asks for says nothing.
fn is_everybodys(name: &str) -> bool {
    matches!(
        name,
        "NODE_ENV"
            | "DEBUG"
            | "CI"
            | "HOME"
            | "PATH"
            | "Path"
            | "USERPROFILE"
            | "TERM"
            | "COLORTERM"
            | "FORCE_COLOR"
            | "NO_COLOR"
            | "TZ"
            | "LANG"
            | "PWD"
            | "SHELL"
            | "TMPDIR"
            | "TEMP"
            | "TMP"
            | "PORT"
            | "HOST"
            | "EDITOR"
            | "VISUAL"
            | "APPDATA"
            | "LOCALAPPDATA"
    )
}
