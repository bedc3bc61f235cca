//! One version from its files to its report.

mod collect;
mod run;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::package::Package;
use crate::report::Report;

pub use collect::view;
pub use run::run;

/// A report, with what a later version needs to be compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    pub report: Report,
}

/// Inspects a package. `progress` gets the path of each file before that is read, so that a crash can be told by it.
pub fn inspect(package: &Package, limits: &Limits, progress: &mut dyn FnMut(&str)) -> Inspected {
    let view = view(package, limits, progress);
    let (findings, _) = run(&view, limits);
    let _: &Manifest = &view.manifest;
    Inspected {
        report: Report {
            schema: crate::report::SCHEMA,
            name: view.manifest.name.clone(),
            version: view.manifest.version.clone(),
            findings,
            ..Report::default()
        },
    }
}
