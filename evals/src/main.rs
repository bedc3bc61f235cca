//! Measures the inspector on fixtures and on real, popular packages: recall, false alarms, robustness, time.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod bars;
mod child;
mod corpus;
mod false_alarms;
mod fixtures;
mod hostile;
mod inspector;
mod recall;
mod robustness;
mod said;
mod tarball;
mod timing;
mod wilson;

use anyhow::{Context, Result};
use bars::Report;
use clap::{Args, Parser, Subcommand, ValueEnum};
use corpus::Corpus;
use fixtures::{BENIGN, BLIND, Case, TUNED};
use inspector::Inspector;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(name = "lazaret-evals", about)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Settings {
    /// The binary to measure
    #[arg(long, global = true, default_value = "target/release/lazaret")]
    lazaret: PathBuf,
    /// Where the corpora lie [default: lazaret-evals in the user's caches]
    #[arg(long, global = true)]
    cache: Option<PathBuf>,
    /// Also write the figures there, as JSON
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// Packages looked at side by side (`time` always takes one)
    #[arg(long, global = true, default_value_t = 2)]
    jobs: usize,
    /// Packages given to one process; 1 starts a process for each
    #[arg(long, global = true, default_value_t = 1)]
    batch: usize,
    /// Seconds that one package may take
    #[arg(long, global = true, default_value_t = 120)]
    limit: u64,
    /// The folder of this harness, with its fixtures and tools
    #[arg(long, global = true, default_value = "evals")]
    evals: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch the benign corpora; run again, it goes on where it stopped
    Corpus {
        /// Leave out versions that the OSV records of this folder call malicious
        #[arg(long)]
        osv: Option<PathBuf>,
        /// Which packages, as of which day [default: roots.toml of --evals]
        #[arg(long)]
        roots: Option<PathBuf>,
    },
    /// How many attacks are held
    Recall {
        /// tuned, held-back, sealed, unseen, fresh, later, coming, next, ahead, anew, benign, or a folder
        #[arg(long, default_value = TUNED)]
        set: PathBuf,
    },
    /// How many harmless packages are held
    FalseAlarms { corpus: Benign },
    /// How many attacks are still held when disguised
    Robustness,
    /// How long packages of the tree take, and how much memory
    Time,
    /// Whether hostile input ends in a verdict, within its limits
    Hostile {
        /// Only inputs whose name has this
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Everything, and the table of bars
    All,
    /// Run one program and say what it used; this tool calls itself so
    #[command(hide = true)]
    Measured {
        #[arg(long)]
        core: Option<usize>,
        #[arg(last = true)]
        command: Vec<OsString>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Benign {
    /// The tree, each package by itself
    Cold,
    /// Updates
    Diff,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> Result<u8> {
    let settings = &cli.settings;
    if let Command::Measured { core, command } = &cli.command {
        return Ok(u8::try_from(child::measured(*core, command)?).unwrap_or(1));
    }
    if let Command::Corpus { osv, roots } = &cli.command {
        let roots = roots
            .clone()
            .unwrap_or_else(|| settings.evals.join("roots.toml"));
        settings.corpus()?.build(&roots, osv.as_deref())?;
        return Ok(0);
    }
    let mut report = Report::default();
    settings.measure(&cli.command, &mut report)?;
    if let Some(file) = &settings.json {
        let json = serde_json::to_vec_pretty(&report)?;
        fs::write(file, json).with_context(|| file.display().to_string())?;
    }
    Ok(0)
}

impl Settings {
    fn measure(&self, command: &Command, report: &mut Report) -> Result<()> {
        let inspector = &self.inspector()?;
        match command {
            Command::Recall { set } => self.recall(inspector, set.clone(), report)?,
            Command::FalseAlarms {
                corpus: Benign::Cold,
            } => {
                let alarms = false_alarms::cold(inspector, &self.corpus()?)?;
                alarms.print();
                report.cold = Some(alarms);
            }
            Command::FalseAlarms {
                corpus: Benign::Diff,
            } => {
                let alarms = false_alarms::diff(inspector, &self.corpus()?)?;
                alarms.print();
                report.diff = Some(alarms);
            }
            Command::Robustness => {
                let cases = Case::all(&self.set("tuned".into()))?;
                let measured =
                    robustness::measure(inspector, &self.corpus()?, &self.evals, &cases)?;
                measured.print();
                report.robustness = Some(measured);
            }
            Command::Time => {
                let timing = timing::measure(inspector, &self.corpus()?)?;
                timing.print();
                report.time = Some(timing);
            }
            Command::Hostile { only } => {
                let hostile = hostile::measure(inspector, only)?;
                hostile.print();
                report.hostile = Some(hostile);
            }
            Command::All => self.all(report)?,
            Command::Corpus { .. } | Command::Measured { .. } => {}
        }
        Ok(())
    }

    fn all(&self, report: &mut Report) -> Result<()> {
        let inspector = &self.inspector()?;
        for set in [TUNED].into_iter().chain(BLIND).chain([BENIGN]) {
            if Case::any(&self.set(set.into())) {
                self.recall(inspector, set.into(), report)?;
            } else {
                eprintln!("there are no {set} fixtures");
            }
        }
        let only = String::new();
        for command in [
            Command::FalseAlarms {
                corpus: Benign::Cold,
            },
            Command::FalseAlarms {
                corpus: Benign::Diff,
            },
            Command::Robustness,
            Command::Hostile { only },
            Command::Time,
        ] {
            self.measure(&command, report)?;
        }
        report.print_bars();
        Ok(())
    }

    fn recall(&self, inspector: &Inspector, set: PathBuf, report: &mut Report) -> Result<()> {
        let name = set.display().to_string();
        let cases = Case::all(&self.set(set))?;
        let recall = recall::measure(inspector, &name, &cases)?;
        recall.print();
        report.recall.push(recall);
        Ok(())
    }

    /// A set's name means the fixtures' folder of that name; anything else is a path.
    fn set(&self, set: PathBuf) -> PathBuf {
        let fixtures = self.evals.join("fixtures").join(&set);
        if fixtures.is_dir() { fixtures } else { set }
    }

    fn corpus(&self) -> Result<Corpus> {
        Corpus::new(self.cache.as_deref())
    }

    fn inspector(&self) -> Result<Inspector> {
        Ok(Inspector {
            program: inspector::found(&self.lazaret)?,
            limit: Duration::from_secs(self.limit),
            jobs: self.jobs,
            batch: self.batch,
            core: None,
        })
    }
}
