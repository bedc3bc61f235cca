//! `lazaret check`: the gate for CI over the lockfiles of a project.

mod base;
mod outcome;
mod registry;
mod run;

use super::reporting::Reporting;
use crate::config::flags::Sources;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, CheckFormat};
use crate::surroundings::Surroundings;
use clap::{Args, ValueEnum};
use lazaret_policy::Severity;
use lazaret_project::Check as Kind;
use std::path::PathBuf;
use url::Url;

pub(crate) use outcome::{Outcome, Status};
pub(crate) use run::lockfile_at;

/// Check what lockfiles would install: intact, free of malicious versions, and what a change adds.
///
/// Four checks, each with its own result. What fails: malicious versions, grave findings about the lockfile itself, and,
/// with --base, vulnerabilities that the change brings in.
///
/// Ends with 0 when nothing fails, 1 when something does, 5 when something malicious is locked, 4 when not everything could be
/// checked, 3 when no lockfile was understood.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Lockfiles, or folders to look for them in [default: the working directory].
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Compare with where this branch left that revision of git: only what the branch adds is told as new.
    #[arg(long, value_name = "REVISION")]
    base: Option<String>,
    /// Compare with this file instead, for one lockfile.
    #[arg(long, value_name = "FILE", conflicts_with = "base")]
    base_file: Option<PathBuf>,
    /// Vulnerabilities from this severity on fail, whether a change brings them in or not.
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<Threshold>,
    /// Leave out vulnerabilities of what only development needs.
    #[arg(long)]
    prod: bool,
    /// Leave out folders, by pattern: tests/fixtures, **/examples/*; can be given several times.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// A host that packages may come from, besides the one that most come from; can be given several times.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Exceptions with their reasons [default: lazaret-waivers.toml, where there is one].
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// What was already there on day one [default: lazaret-baseline.json, where there is one].
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write everything that fails now, malicious versions excepted, into the baseline.
    #[arg(long)]
    write_baseline: bool,
    /// Advisories older than this many days count as missing.
    #[arg(long, value_name = "DAYS", default_value = "7")]
    max_feed_age: u16,
    /// Ask no registry: what changed is not inspected, no checksum is compared with the registry's.
    #[arg(long, conflicts_with_all = ["server", "verify"])]
    offline: bool,
    /// Which checksums are compared with the registry's.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    verify: Verify,
    /// Ask this mirror, not the registry. With a token, what it blocks fails, and what people approved there was looked at.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    #[command(flatten)]
    reporting: Reporting,
    /// Tell which entries a mirror with the configured policy would hold, and nothing else.
    #[arg(long)]
    policy_dry_run: bool,
    /// What could not be checked wins over what was found: end with 4.
    #[arg(long)]
    strict: bool,
    /// End with 0 whatever is found; wrong use and what could not be checked keep their codes.
    #[arg(long)]
    exit_zero: bool,
    /// Show what is only worth a note, too.
    #[arg(long)]
    notes: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: CheckFormat,
    #[command(flatten)]
    flags: Flags<Sources>,
}

/// Whose checksums are compared with the registry's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Verify {
    /// Those of what changed since the base.
    #[default]
    Changed,
    /// All: one question for each package.
    All,
    None,
}

/// From which severity on vulnerabilities fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Threshold {
    /// None fail.
    None,
    Low,
    Moderate,
    High,
    Critical,
}

impl Check {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let outcome = run::run(&self, &loaded, &surroundings)?;
        for warning in &outcome.warnings {
            output::warn(warning);
        }
        output::checked(self.format, &outcome, self.notes);
        let exit = self.exit(&outcome);
        let sent = self
            .reporting
            .send(&outcome.reports, &loaded, &surroundings);
        match (sent, exit) {
            (Ok(()), exit) => Ok(exit),
            (Err(failure), Exit::Clean) => Err(failure),
            // What was found is worse.
            (Err(failure), exit) => {
                output::error(&failure.to_string());
                Ok(exit)
            }
        }
    }

    fn exit(&self, outcome: &Outcome) -> Exit {
        let fails = |kind: Option<Kind>| {
            let mut findings = outcome.findings.iter();
            findings
                .any(|finding| finding.counts() && kind.is_none_or(|kind| finding.check == kind))
        };
        let is_malicious = outcome.findings.iter().any(|finding| {
            finding.counts()
                && finding.check == Kind::Malicious
                && finding.rule == lazaret_policy::rules::malicious::RULE.id
        });
        let exit = if is_malicious {
            Exit::Malicious
        } else if outcome.lockfiles.is_empty() {
            Exit::Nothing
        } else if !outcome.is_complete() && (self.strict || !fails(None)) {
            Exit::Incomplete
        } else if fails(None) || outcome.held.iter().any(|_| true) {
            Exit::Findings
        } else {
            Exit::Clean
        };
        match exit {
            Exit::Findings | Exit::Malicious if self.exit_zero => Exit::Clean,
            exit => exit,
        }
    }

    /// The threshold of vulnerabilities: what was said, else the policy's for what a change brings in.
    fn fails_from(&self, policy: Severity, has_base: bool) -> Option<Severity> {
        match self.severity {
            Some(Threshold::None) => None,
            Some(Threshold::Low) => Some(Severity::Low),
            Some(Threshold::Moderate) => Some(Severity::Moderate),
            Some(Threshold::High) => Some(Severity::High),
            Some(Threshold::Critical) => Some(Severity::Critical),
            None => has_base.then_some(policy),
        }
    }

    /// Whether nothing of the project is left out.
    fn sees_everything(&self) -> bool {
        self.paths.is_empty() && self.exclude.is_empty() && !self.prod && !self.policy_dry_run
    }

    fn wrong(message: impl std::fmt::Display) -> Failure {
        Failure::wrong_use(message)
    }
}
