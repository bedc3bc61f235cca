//! `lazaret fix`: takes a project from bad versions back to good ones.

mod asked;
mod outcome;
mod report;
mod run;
mod verify;

use crate::config::flags::Sources;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format};
use crate::surroundings::Surroundings;
use clap::{Args, ValueEnum};
use lazaret_npm::PackageId;
use lazaret_policy::Severity;
use lazaret_project::fix::Cause;
use lazaret_project::fix::journal::Journal;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use url::Url;

pub(crate) use outcome::{Outcome, Status};

/// Take malicious and vulnerable versions out of a lockfile: malicious ones down to the last good version, vulnerable ones up to
/// the nearest fixed one. Shows the change first; no package manager and no script is run.
///
/// Ends with 0 when nothing bad is left, 1 when something is to be done or vulnerable versions remain, 5 when malicious ones remain
/// after the change, 4 when not everything could be asked.
#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// A lockfile, or the folder that holds one [default: the working directory].
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Treat this version as malicious, whatever advisories say; can be given several times.
    #[arg(long, value_name = "NAME@VERSION")]
    package: Vec<PackageId>,
    /// Treat only these.
    #[arg(long, value_enum, value_name = "KIND")]
    only: Option<Only>,
    /// Vulnerabilities from this severity on [default: the policy's].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    severity: Option<Threshold>,
    /// Show the plan and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Change the files without asking.
    #[arg(long)]
    yes: bool,
    /// Prove first that the package manager takes the new lockfile: its frozen install in a copy of the project, scripts off.
    #[arg(long)]
    verify: bool,
    /// Ask this mirror, not the registry.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// Write a report of the incident, in Markdown.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// For the report: what `lazaret scan` found, as JSON.
    #[arg(long, value_name = "FILE", requires = "report")]
    scan: Option<PathBuf>,
    /// For the report: what `lazaret who-has` said, as JSON; can be given several times.
    #[arg(long, value_name = "FILE", requires = "report")]
    who_has: Vec<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Sources>,
}

/// One kind of what is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    Malicious,
    Vulnerable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Low,
    Moderate,
    High,
    Critical,
}

impl Fix {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let mut run = run::Run::prepare(&self, &loaded, &surroundings)?;
        for warning in &run.outcome.warnings {
            output::warn(warning);
        }
        if self.verify && run.outcome.status == Status::Planned {
            run.verify(&surroundings)?;
        }
        let may_write = run.outcome.status == Status::Planned
            && !self.dry_run
            && run
                .outcome
                .verified
                .as_ref()
                .is_none_or(|verified| verified.success);
        if self.format == Format::Human {
            output::fix_plan(&run.outcome);
        }
        if may_write && (self.yes || self.agrees()) {
            run.write()?;
        }
        if let Some(path) = &self.report {
            report::write(path, &self, &run)?;
        }
        match self.format {
            Format::Human => output::fix_result(&run.outcome),
            Format::Json => output::fix_document(&run.outcome),
        }
        Ok(self.exit(&run.outcome))
    }

    /// Asks whoever sits at the terminal; nobody does in CI.
    fn agrees(&self) -> bool {
        let (stdin, stderr) = (std::io::stdin(), std::io::stderr());
        if self.format != Format::Human || !stdin.is_terminal() || !stderr.is_terminal() {
            return false;
        }
        output::say("Change these files? [y/N]");
        let mut answer = String::new();
        let read = stdin.lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    fn exit(&self, outcome: &Outcome) -> Exit {
        let remains = |cause: Cause| outcome.remains.iter().any(|one| one.bad.cause == cause);
        match outcome.status {
            Status::Planned => Exit::Findings,
            _ if remains(Cause::Malicious) => Exit::Malicious,
            _ if !outcome.incomplete.is_empty() => Exit::Incomplete,
            _ if remains(Cause::Vulnerable) => Exit::Findings,
            _ => Exit::Clean,
        }
    }

    fn threshold(&self, policy: Severity) -> Severity {
        match self.severity {
            None => policy,
            Some(Threshold::Low) => Severity::Low,
            Some(Threshold::Moderate) => Severity::Moderate,
            Some(Threshold::High) => Severity::High,
            Some(Threshold::Critical) => Severity::Critical,
        }
    }
}

/// Takes the right to change the project, and says what an interrupted run left to finish.
fn opened(root: &std::path::Path) -> Result<Journal, Failure> {
    let journal = Journal::open(root).map_err(|error| Failure::new(Exit::Incomplete, error))?;
    if !journal.finished.is_empty() {
        output::warn(&format!(
            "an interrupted `lazaret fix` was finished: {}",
            journal.finished.join(", ")
        ));
    }
    Ok(journal)
}
