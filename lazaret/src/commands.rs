//! The commands, in the order of `lazaret --help`. One file each; this page only lists them.

mod advisories;
mod asking;
mod check;
mod config;
mod diff;
mod explain;
mod fix;
mod hygiene;
mod indicators;
mod inspect;
mod inspecting;
mod reporting;
mod review;
mod sbom;
mod scan;
mod serve;
mod store;
mod watch;
mod who_has;
mod why;

pub(crate) use check::{Outcome, Status};
pub(crate) use fix::{Outcome as Fixed, Status as FixStatus};

use crate::exit::Ending;
use clap::{Parser, Subcommand};

/// A verified, judged npm in front of every client.
#[derive(Debug, Parser)]
#[command(
    name = "lazaret",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 clean; 1 findings; 2 wrong use or configuration; 3 nothing understood to work on;\n4 incomplete: could not check; 5 malicious package found."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Inspect(inspect::Inspect),
    Diff(diff::Diff),
    Explain(explain::Explain),
    Why(why::Why),
    Review(review::Review),
    WhoHas(who_has::WhoHas),
    Check(check::Check),
    Fix(fix::Fix),
    Sbom(sbom::Sbom),
    Hygiene(hygiene::HygieneCommand),
    Scan(scan::Scan),
    Watch(watch::Watch),
    Indicators(indicators::IndicatorsOf),
    Advisories(advisories::Advisories),
    Store(store::Store),
    Config(config::Config),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What kept it from answering, with the code to end with.
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Inspect(inspect) => inspect.run(),
            Command::Diff(diff) => diff.run(),
            Command::Explain(explain) => explain.run(),
            Command::Why(why) => why.run(),
            Command::Review(review) => review.run(),
            Command::WhoHas(who_has) => who_has.run(),
            Command::Check(check) => check.run(),
            Command::Fix(fix) => fix.run(),
            Command::Sbom(sbom) => sbom.run(),
            Command::Hygiene(hygiene) => hygiene.run(),
            Command::Scan(scan) => scan.run(),
            Command::Watch(watch) => watch.run(),
            Command::Indicators(indicators) => indicators.run(),
            Command::Advisories(advisories) => advisories.run(),
            Command::Store(store) => store.run(),
            Command::Config(config) => config.run(),
        }
    }
}

/// The threads that everything asynchronous runs on: as many as there are processors.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .thread_name("lazaret")
        .enable_all()
        .build()?)
}

/// As many threads as there are processors.
fn all_processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
