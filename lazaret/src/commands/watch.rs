//! `lazaret watch`: tells when something that a project uses turns bad.

mod advised;
mod asking;
mod early;
mod followed;
mod keep;
mod looking;
mod mail;
mod run;
mod telling;

use crate::config::{self, Config, Flags};
use crate::exit::Ending;
use crate::output::Format;
use crate::surroundings::Surroundings;
use clap::Args;
use jiff::SignedDuration;
use lazaret_project::watch::BurstRule;
use std::path::PathBuf;
use url::Url;

/// Follow the packages that a project uses, and tell when something turns bad: new versions are inspected and compared as they
/// appear, and advisories, bursts of one publisher and early warnings are told.
///
/// The first look learns what is there. Harmless updates are told in a digest, everything else at once. Runs until it is stopped,
/// or looks once with --once, which ends with 0 when there was nothing to tell but a digest, 1 when there was, 5 when something malicious is in
/// use, 4 when not everything could be asked or told, 3 when no lockfile was understood.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// A lockfile, or the folder that holds some [default: the working directory].
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Look at everything once and end.
    #[arg(long)]
    once: bool,
    /// Ask this mirror, not the registry.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// Where it is remembered what was seen [default: a file for each project in the data directory].
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Tell this address as well, in JSON signed with LAZARET_WEBHOOK_SECRET; can be given several times. Those of lazaret.toml are
    /// told anyway.
    #[arg(long, value_name = "URL")]
    webhook: Vec<Url>,
    /// Tell this address by e-mail as well, by the server of [watch.mail]; can be given several times.
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Vec<String>,
    /// How to print it: json is one object on a line for each event.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<config::flags::Watch>,
}

impl Watch {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        run::Run::prepare(&self, &loaded, &surroundings)?.run()
    }
}

/// When several packages are a burst.
pub(super) fn burst_rule(config: &Config) -> BurstRule {
    BurstRule {
        packages: config.watch.burst_packages,
        within: SignedDuration::from_mins(config.watch.burst_minutes),
    }
}
