//! `lazaret hygiene`: what a project could do without.

mod gather;

use super::check::lockfile_at;
use crate::config::flags::Sources;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit};
use crate::output::{self, Format};
use crate::packages;
use crate::surroundings::Surroundings;
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use lazaret_project::hygiene::{self, Hygiene, Known, Request};
use lazaret_project::installed::Installed;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use url::Url;

/// Tell what a project declares and does not use, uses and does not declare, and what it relies on.
///
/// Facts, each with the places that were looked at; what could not be told is unknown, which is not the same as fine. Nothing
/// is scored and nothing is changed. Ends with 0 whatever is found, unless --fail-on says otherwise.
#[derive(Debug, Args)]
pub(crate) struct HygieneCommand {
    /// A lockfile, or a folder that holds one [default: the working directory].
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Ask no registry: what only it knows is unknown.
    #[arg(long, conflicts_with = "server")]
    offline: bool,
    /// Ask this mirror, not the registry.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// Ask the registry about every package of the tree, not only about those that the project itself asks for.
    #[arg(long)]
    all: bool,
    /// A package without a release for this many years is told.
    #[arg(long, value_name = "YEARS", default_value = "3")]
    years: u16,
    /// End with 1 if something of this kind is found; can be given several times.
    #[arg(long, value_enum, value_name = "KIND")]
    fail_on: Vec<FailOn>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Sources>,
}

/// What may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Unused,
    Undeclared,
    Duplicates,
    Deprecated,
}

impl HygieneCommand {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from("."));
        let (root, project) = lockfile_at(&path, &surroundings)?;
        let workspaces: Vec<String> = project
            .manifests
            .iter()
            .map(|(manifest, _)| manifest.path.clone())
            .collect();
        let sources = hygiene::Sources::below(&root, &workspaces);
        let mut problems = Vec::new();
        let imports = gather::imports(&sources, &mut problems)?;
        let installed = Installed::below(&root, &workspaces);
        let registry = match self.offline {
            true => BTreeMap::new(),
            false => {
                let source = packages::Source::open(&loaded, &surroundings, self.server.as_ref())?;
                gather::registry(&source, &project, self.all, &mut problems)
            }
        };
        let years = i64::from(self.years);
        let mut found = Hygiene::of(&Request {
            project: &project,
            sources: &sources,
            imports: &imports,
            installed: &installed,
            registry: &registry,
            all_packages: self.all,
            old_before: Timestamp::now()
                .checked_sub(SignedDuration::from_hours(years * 8_766))
                .unwrap_or(Timestamp::MIN),
        });
        found.find_since(&root, &sources);
        for problem in &problems {
            output::warn(problem);
        }
        match self.format {
            Format::Human => output::result(&output::hygiene(&found, self.years)),
            Format::Json => {
                let mut document = serde_json::to_value(&found).map_err(anyhow::Error::new)?;
                document["schema"] = json!(1);
                document["incomplete"] = json!(problems);
                output::json(&document);
            }
        }
        Ok(if self.fail_on.iter().any(|kind| kind.is_in(&found)) {
            Exit::Findings
        } else if problems.is_empty() {
            Exit::Clean
        } else {
            Exit::Incomplete
        })
    }
}

impl FailOn {
    fn is_in(self, found: &Hygiene) -> bool {
        match self {
            Self::Unused => found.unused().next().is_some(),
            Self::Undeclared => found
                .undeclared
                .iter()
                .any(|undeclared| undeclared.comes_with.is_found()),
            Self::Duplicates => !found.duplicates.is_empty(),
            Self::Deprecated => found
                .packages
                .iter()
                .any(|facts| matches!(facts.deprecated, Known::Found { .. })),
        }
    }
}
