//! What `check` and `sbom` share: telling a mirror what a project installs.

use super::asking::{Mirror, no_token, token};
use crate::config::{self, Loaded};
use crate::exit::Failure;
use crate::surroundings::Surroundings;
use clap::Args;
use lazaret_project::Project;
use lazaret_project::inventory::{self, Report};
use std::path::{Path, PathBuf};
use url::Url;

/// Variables in which pipelines say what the project is called, and which commit it is.
const NAMES: &[&str] = &["GITHUB_REPOSITORY", "CI_PROJECT_PATH"];
const REVISIONS: &[&str] = &["GITHUB_SHA", "CI_COMMIT_SHA"];

#[derive(Debug, Args)]
pub(super) struct Reporting {
    /// Tell this mirror what the lockfile installs: `lazaret who-has` names the project then, and so does bad news. Takes a
    /// token.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    pub(super) report_to: Option<Url>,
    /// How the project is called there [default: GITHUB_REPOSITORY, CI_PROJECT_PATH, the name in package.json].
    #[arg(long, value_name = "NAME")]
    project_name: Option<String>,
    /// A file that holds your token for the mirror and nothing else [env: LAZARET_TOKEN, the token itself].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Reporting {
    /// What there is to tell; nothing if nobody wants to know. `lockfile` is its path from the working directory on.
    ///
    /// # Errors
    /// When nobody says how the project is called.
    pub(super) fn report(
        &self,
        project: &Project,
        root: &Path,
        lockfile: String,
        surroundings: &Surroundings,
    ) -> Result<Option<Report>, Failure> {
        if self.report_to.is_none() {
            return Ok(None);
        }
        let said = |names: &[&str]| {
            let mut names = names.iter();
            names.find_map(|name| surroundings.variable(name).map(str::to_owned))
        };
        let name = self.project_name.clone().or_else(|| said(NAMES));
        let name = name.or_else(|| project.name().map(str::to_owned));
        // Where there is no package.json, the lockfile may say it.
        let name = name.or_else(|| {
            let importers = project.lockfile.importers.iter();
            let mut importers = importers.map(|index| &project.lockfile.entries[*index as usize]);
            let root = importers.find(|entry| entry.key.is_empty())?;
            (!root.name.is_empty()).then(|| root.name.to_string())
        });
        let Some(name) = name else {
            return Err(Failure::wrong_use(
                "how is the project called? Say it with --project-name",
            ));
        };
        let revision = said(REVISIONS).or_else(|| inventory::revision(root));
        Ok(Some(Report::of(project, name, lockfile, revision)))
    }

    /// Sends them.
    ///
    /// # Errors
    /// When there is no token, or the mirror does not take them.
    pub(super) fn send(
        &self,
        reports: &[Report],
        loaded: &Loaded,
        surroundings: &Surroundings,
    ) -> Result<(), Failure> {
        let Some(server) = &self.report_to else {
            return Ok(());
        };
        let token = self.token(surroundings)?.ok_or_else(no_token)?;
        let mirror = Mirror::open(server, token, loaded)?;
        for report in reports {
            mirror.post_packed(&["inventories"], report)?;
        }
        Ok(())
    }

    /// The token, if there is one.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub(super) fn token(&self, surroundings: &Surroundings) -> Result<Option<String>, Failure> {
        token(self.token_file.as_deref(), surroundings)
    }
}
