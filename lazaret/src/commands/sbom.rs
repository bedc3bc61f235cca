//! `lazaret sbom`: the bill of materials of a lockfile.

mod input;

use super::reporting::Reporting;
use crate::advisory_index;
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output;
use crate::surroundings::Surroundings;
use clap::{Args, ValueEnum};
use input::Input;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_project::Project;
use lazaret_project::advisories::{self, Question};
use lazaret_project::installed::Installed;
use lazaret_project::sbom::{self, Request, SpecVersion};
use lazaret_project::waivers::{self, Waivers};
use std::path::{Path, PathBuf};

/// Write the bill of materials of a lockfile or a node_modules: the same bytes for the same input.
///
/// With advisories in the data directory, known vulnerabilities are in it, with what the waivers say about them.
///
/// Ends with 4 when not all of a node_modules could be read, 3 when there is nothing that is understood.
#[derive(Debug, Args)]
pub(crate) struct Sbom {
    /// A lockfile, a folder that holds one, or a node_modules, whoever made it [default: the working directory].
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Which document.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Leave out what only development needs.
    #[arg(long)]
    prod: bool,
    /// Look up no licence in what is installed: the lockfile alone makes the document.
    #[arg(long)]
    lockfile_only: bool,
    #[command(flatten)]
    reporting: Reporting,
    /// When it was made, if that is to be in it [env: SOURCE_DATE_EPOCH, in seconds].
    #[arg(long, value_name = "TIME")]
    timestamp: Option<Timestamp>,
    #[command(flatten)]
    flags: Flags<Data>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// CycloneDX 1.6, JSON.
    #[default]
    #[value(alias = "cyclonedx-1.6")]
    Cyclonedx,
    /// CycloneDX 1.7, JSON.
    #[value(name = "cyclonedx-1.7")]
    Cyclonedx17,
    /// SPDX 2.3, JSON.
    Spdx,
}

impl Sbom {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from("."));
        let Input {
            root,
            project,
            is_whole,
        } = Input::at(&path, &surroundings)?;
        let index = match loaded.data() {
            Ok(data) => advisory_index::read(&data)?,
            Err(_) => None,
        };
        let now = Timestamp::now();
        let index = index.unwrap_or_else(AdvisoryIndex::empty);
        let mut findings = advisories::findings(
            &project,
            &Question {
                index: &index,
                policy: &loaded.config.policy,
                fails_from: None,
                production_only: self.prod,
                known: None,
                now,
            },
        );
        // Nobody writes any into a folder that a package manager makes.
        let beside = match root.ends_with("node_modules") {
            true => root.join(".."),
            false => root.clone(),
        };
        let waivers = beside.join(waivers::FILE);
        if let Ok(text) = std::fs::read_to_string(&waivers) {
            let waivers = Waivers::parse(&text)
                .map_err(|why| Failure::wrong_use(format!("{}: {why}", waivers.display())))?;
            // Whether one means nothing any more only a check can tell, which has all findings.
            let notes = waivers.apply(&mut findings, now).into_iter();
            for note in notes.filter(|note| note.is_expired) {
                output::warn(&note.text);
            }
        }
        let installed = self.installed(&root, &project);
        let request = Request {
            project: &project,
            findings: &findings,
            production_only: self.prod,
            installed: installed.as_ref(),
            timestamp: self.timestamp.or_else(|| epoch(&surroundings)),
            tool_version: env!("CARGO_PKG_VERSION"),
        };
        match self.format {
            Form::Cyclonedx => output::json(&sbom::cyclonedx(request, SpecVersion::V1_6)),
            Form::Cyclonedx17 => output::json(&sbom::cyclonedx(request, SpecVersion::V1_7)),
            Form::Spdx => output::json(&sbom::spdx(request)),
        }
        let report = self
            .reporting
            .report(&project, &root, project.path(), &surroundings)?;
        let reports: Vec<_> = report.into_iter().collect();
        self.reporting.send(&reports, &loaded, &surroundings)?;
        match is_whole {
            true => Ok(Exit::Clean),
            false => Ok(Exit::Incomplete),
        }
    }

    /// Only if there is something to look up: nothing else of a project's folder is needed.
    fn installed(&self, root: &Path, project: &Project) -> Option<Installed> {
        if self.lockfile_only || project.is_installed || !Request::misses_licences(project) {
            return None;
        }
        let own = project.manifests.iter();
        let workspaces: Vec<String> = own.map(|(manifest, _)| manifest.path.clone()).collect();
        let installed = match root.ends_with("node_modules") {
            true => Installed::in_folder(root),
            false => Installed::below(root, &workspaces),
        };
        for (path, why) in &installed.unread {
            output::warn(&format!("{path}: {why}"));
        }
        Some(installed)
    }
}

/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn epoch(surroundings: &Surroundings) -> Option<Timestamp> {
    let seconds = surroundings.variable("SOURCE_DATE_EPOCH")?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}
