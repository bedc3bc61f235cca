//! Variables by which programs load code before their own.

use super::{Detector, Looks};
use crate::facts::Call;
use crate::files::file_function;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "preload",
    title: "Makes other programs load code",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("preload.md"),
    looks: Looks::File(look),
};

const VARIABLES: &[&str] = &[
    "NODE_OPTIONS",
    "LD_PRELOAD",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "PYTHONSTARTUP",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        if let Some(name) = sets(call) {
            found
                .call(call)
                .message(format!("sets {name} for programs that start later"))
                .add();
        }
    }
}

/// Which of them a call writes to where other programs get it from: a profile of a shell, the environment of later steps
/// of a pipeline.
fn sets(call: &Call) -> Option<&'static str> {
    let known = |name: &str| VARIABLES.iter().copied().find(|variable| *variable == name);
    if &*call.callee == "@actions/core.exportVariable" {
        return known(call.args.first()?.text()?);
    }
    let writes = file_function(&call.callee)
        .is_some_and(|name| name.starts_with("append") || name.starts_with("writeFile"));
    let content = call.args.get(1).filter(|_| writes)?;
    let mut set = None;
    content.texts(&mut |text| {
        let mut words = text.split([' ', '\n', ';', '"', '\'']);
        set = set.or_else(|| words.find_map(|word| known(word.split_once('=')?.0)));
    });
    set
}
