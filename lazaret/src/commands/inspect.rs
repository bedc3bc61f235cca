//! `lazaret inspect`: what packages do.

use super::inspecting::{Options, Question};
use crate::exit::Ending;
use crate::packages::Named;
use clap::Args;

/// Say what packages do, with evidence, and whether a person should look at them before anybody installs them.
///
/// A package is a tarball, a folder with a package.json, or a version of the registry such as chalk@5.6.1. Its code is read
/// in a process of few rights, and never run. Without a version to compare with, only what good packages hardly ever do
/// counts: `lazaret diff` sees more.
///
/// Ends with 0 when nothing is found that should hold a package, 1 when something is, 3 when what is named is no package, 4
/// when not all of it could be inspected, 5 when an advisory says that this very version is malicious.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Tarballs, folders, or versions such as chalk@5.6.1.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<String>,
    #[command(flatten)]
    options: Options,
}

impl Inspect {
    pub(crate) fn run(self) -> Ending {
        let questions = self
            .packages
            .iter()
            .map(|package| Named::parse(package).map(Question::Inspect))
            .collect::<Result<Vec<_>, _>>()?;
        self.options.answer(&questions)
    }
}
