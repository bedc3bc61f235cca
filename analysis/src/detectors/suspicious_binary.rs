//! What the texts in a program say.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::native;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "suspicious-binary",
    title: "Contains a program that says what it is after",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("suspicious_binary.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    if !file.kind.is_native() {
        return;
    }
    let native = native::read(file.kind, &file.bytes);
    let mut signs = Vec::new();
    if let Some(path) = native.secrets.first() {
        signs.push(("names what is worth stealing", path.as_str()));
    }
    if let Some(command) = native.commands.first() {
        signs.push(("has a command for a shell", command.as_str()));
    }
    if let Some(function) = native.functions.first() {
        signs.push((
            "reaches into other processes or watches what is typed",
            *function,
        ));
    }
    if native.packed {
        signs.push(("is packed, so that nobody reads it", "packer's mark"));
    }
    let Some((what, evidence)) = signs.first() else {
        return;
    };
    let severity = if native.packed || signs.len() >= 2 {
        Severity::High
    } else {
        Severity::Medium
    };
    let all: Vec<&str> = signs.iter().map(|(what, _)| *what).collect();
    found
        .file()
        .severity(severity)
        .message(if all.len() > 1 {
            all.join("; ")
        } else {
            (*what).to_owned()
        })
        .evidence(*evidence)
        .same(&format!("{} {}", name(&file.path), all.join(";")))
        .add();
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
