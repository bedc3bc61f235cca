//! A version that is higher than any real one would be.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::PackageView;
use lazaret_npm::Version;

pub(super) const DETECTOR: Detector = Detector {
    id: "outbidding-version",
    title: "A version that outbids all others",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("outbidding_version.md"),
    looks: Looks::Package(look),
};

fn look(package: &PackageView, found: &mut Found) {
    let Ok(version) = Version::parse_loose(&package.manifest.version) else {
        return;
    };
    let nines = |number: u64| number >= 99 && number.to_string().bytes().all(|digit| digit == b'9');
    let all_nines = nines(version.major) && (nines(version.minor) || version.minor == 0);
    if all_nines || nines(version.minor) && nines(version.patch) {
        found
            .manifest(package, &["version"])
            .message("its version is one that is only chosen to be the highest")
            .evidence(&*package.manifest.version)
            .phase(Phase::Install)
            .add();
    }
}
