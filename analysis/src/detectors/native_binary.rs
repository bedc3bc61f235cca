//! Modules for Node in the processor's own instructions, and the libraries that they bring.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind;
use crate::native;
use crate::source::Source;
use crate::view::{FileView, PackageView};

pub(super) const DETECTOR: Detector = Detector {
    id: "native-binary",
    title: "Contains a native module",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("native_binary.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    if !is_module(file.package, file.source) {
        return;
    }
    let machine = match native::machine(file.kind, &file.bytes) {
        "" => "another machine",
        machine => machine,
    };
    found
        .file()
        .message(format!(
            "is {} for {machine} that Node.js loads",
            file.kind.phrase()
        ))
        .evidence(format!("{} bytes", file.bytes.len()))
        // It is built anew for every version: that the package has one is what may be new.
        .same("native module")
        .add();
}

/// A module for Node, or a library beside one: by its name, by what it registers, or by where it lies.
pub(super) fn is_module(package: &PackageView, file: &Source) -> bool {
    if !file.kind.is_native() {
        return false;
    }
    let ending = kind::ending(&file.path);
    if ending == "node" || file.path.contains("prebuilds/") {
        return true;
    }
    let library = matches!(ending.as_str(), "so" | "dylib" | "dll") || file.path.contains(".so.");
    library
        && (package
            .files
            .iter()
            .any(|other| other.kind.is_native() && kind::ending(&other.path) == "node")
            || is_for_a_platform(package)
            || native::read(file.kind, &file.bytes).addon)
}

/// Says in `package.json` which system or processor it is for: a package of binaries, chosen by another.
pub(super) fn is_for_a_platform(package: &PackageView) -> bool {
    ["os", "cpu", "libc"]
        .iter()
        .any(|member| package.manifest.value[*member].is_array())
}
