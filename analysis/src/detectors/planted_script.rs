//! Scripts that are put into the manifests of others.

use super::{Detector, Looks};
use crate::facts::{Facts, Write};
use crate::files::{file_function, written};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "planted-script",
    title: "Puts a script of installing into package.json",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("planted_script.md"),
    looks: Looks::File(look),
};

/// Scripts that npm runs by itself for whoever installs.
const SCRIPTS: &[&str] = &["preinstall", "install", "postinstall", "dependencies"];

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut planted = file
        .facts
        .writes
        .iter()
        .filter(|write| plants(write))
        .peekable();
    if planted.peek().is_none() || !writes_manifest(&file.facts) {
        return;
    }
    for write in planted {
        found
            .write(write)
            .message("puts a script that npm runs by itself into a package.json")
            .add();
    }
}

fn plants(write: &Write) -> bool {
    match write.path.strip_prefix("?.scripts") {
        Some("") => SCRIPTS.iter().any(|script| {
            write
                .value
                .member(script)
                .is_some_and(|line| line.text().is_some())
        }),
        Some(script) => {
            SCRIPTS.contains(&script.trim_start_matches('.')) && write.value.text().is_some()
        }
        None => false,
    }
}

/// Writes it by its name, or has the name and writes a file whose name is not known.
fn writes_manifest(facts: &Facts) -> bool {
    let named = || {
        (facts.strings.iter())
            .any(|text| text.text.len() < 200 && text.text.ends_with("package.json"))
    };
    facts.calls.iter().any(|call| {
        written(call)
            .iter()
            .any(|file| file.path.ends_with("package.json"))
    }) || facts
        .calls
        .iter()
        .any(|call| file_function(&call.callee).is_some_and(|name| name.starts_with("writeFile")))
        && named()
}
