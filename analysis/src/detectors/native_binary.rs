//! Modules for Node in the processor's own instructions, and the libraries that they bring.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind;
use crate::native;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "native-binary",
    title: "Contains a native module",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("native_binary.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    let modules = Modules::of(package);
    let mut first = true;
    for file in &package.files {
        if !modules.has(file) {
            continue;
        }
        let machine = match native::machine(file.kind, &file.bytes) {
            "" => "another machine",
            machine => machine,
        };
        let name = file.path.rsplit('/').next().unwrap_or_default();
        // They are built anew for every version: that the package has one is what may be new, and then that it has one
        // of another name.
        let (severity, same) = if std::mem::take(&mut first) {
            (Severity::High, "native module")
        } else {
            (Severity::Medium, name)
        };
        found
            .within(file)
            .file()
            .severity(severity)
            .message(format!(
                "is {} for {machine} that Node.js loads",
                file.kind.phrase()
            ))
            .evidence(format!("{} bytes", file.bytes.len()))
            .same(same)
            .add();
    }
}

/// Which programs of a package are modules for Node, or libraries beside one.
pub(super) struct Modules {
    named: bool,
    /// Says in `package.json` which system or processor it is for: a package of binaries, chosen by another.
    pub(super) for_a_platform: bool,
}

impl Modules {
    pub(super) fn of(package: &PackageView) -> Self {
        Self {
            named: package
                .files
                .iter()
                .any(|file| file.kind.is_native() && kind::ending(&file.path) == "node"),
            for_a_platform: ["os", "cpu", "libc"]
                .iter()
                .any(|member| package.manifest.value[*member].is_array()),
        }
    }

    /// By its name, or by where it lies.
    pub(super) fn has(&self, file: &Source) -> bool {
        if !file.kind.is_native() {
            return false;
        }
        let ending = kind::ending(&file.path);
        let library =
            matches!(ending.as_str(), "so" | "dylib" | "dll") || file.path.contains(".so.");
        ending == "node"
            || file.path.contains("prebuilds/")
            || (library && (self.named || self.for_a_platform))
    }
}
