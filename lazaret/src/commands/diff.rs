//! `lazaret diff`: what an update newly does.

use super::inspecting::{Options, Question};
use crate::exit::{Ending, Failure};
use crate::packages::Named;
use clap::Args;

/// Say what an update newly does, compared with the version before it.
///
/// Two packages are compared: tarballs, folders, or versions such as `chalk@5.6.0 chalk@5.6.1`. A version alone is compared
/// with the one before it that the registry has: the highest lower one of the same line (5.6.0 for 5.6.1), else the highest
/// lower one.
///
/// Ends as `lazaret inspect` does; only what is new counts.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The version before and the one after; or a version such as chalk@5.6.1 alone.
    #[arg(value_name = "PACKAGE", required = true, num_args = 1..=2)]
    packages: Vec<String>,
    #[command(flatten)]
    options: Options,
}

impl Diff {
    pub(crate) fn run(self) -> Ending {
        let mut packages = self.packages.iter().map(|package| Named::parse(package));
        let question = match (packages.next().transpose()?, packages.next().transpose()?) {
            (Some(before), Some(after)) => Question::Diff(before, after),
            (Some(Named::Version(id)), None) => Question::Update(id),
            (Some(Named::Tarball(_) | Named::Folder(_)), None) | (None, _) => {
                return Err(Failure::wrong_use(
                    "name the version before as well: only versions of a registry, such as chalk@5.6.1, are compared with the one before by themselves",
                ));
            }
        };
        self.options.answer(&[question])
    }
}
