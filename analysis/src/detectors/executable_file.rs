//! Programs, by content, that are no modules for Node.

use super::native_binary::Modules;
use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::{self, Kind};
use crate::native;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "executable-file",
    title: "Contains a program",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("executable_file.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    let modules = Modules::of(package);
    for file in &package.files {
        found.within(file);
        told(file, &modules, found);
    }
}

fn told(file: &Source, modules: &Modules, found: &mut Found) {
    let ending = kind::ending(&file.path);
    let (severity, what) = match file.kind {
        Kind::Elf | Kind::Pe | Kind::MachO if modules.has(file) => return,
        Kind::Elf | Kind::Pe | Kind::MachO => {
            let machine = match native::machine(file.kind, &file.bytes) {
                "" => "another machine",
                machine => machine,
            };
            let severity = if modules.for_a_platform {
                Severity::Medium
            } else {
                Severity::High
            };
            (severity, format!("is {} for {machine}", file.kind.phrase()))
        }
        Kind::Batch | Kind::PowerShell => (Severity::Medium, format!("is {}", file.kind.phrase())),
        Kind::Interpreted
            if matches!(
                ending.as_str(),
                "vbs" | "vbe" | "wsf" | "hta" | "scpt" | "applescript"
            ) =>
        {
            (
                Severity::Medium,
                "is a script that only the system's own interpreter runs".to_owned(),
            )
        }
        _ => return,
    };
    // Wrappers of build tools, put beside their Unix twins.
    let wrapper = file
        .path
        .rsplit('/')
        .next()
        .is_some_and(|name| matches!(name, "gradlew.bat" | "mvnw.cmd" | "make.bat"));
    let severity = if wrapper { Severity::Note } else { severity };
    let reached = if file.phase == Phase::Install {
        ", and installing the package runs it"
    } else {
        ""
    };
    found
        .file()
        .severity(severity)
        .message(format!("{what}{reached}"))
        .evidence(format!("{} bytes", file.bytes.len()))
        .same(&file.path)
        .add();
}
