//! `lazaret advisories`: what is known about packages, kept in one compact index.

mod archive;
mod gather;
mod import;
mod report;
mod status;
mod sync;
mod window;

pub(super) use gather::{Input, records};
pub(super) use sync::Export;

use crate::exit::Ending;
use clap::{Args, Subcommand};

/// Import, sync and count what is known about packages.
#[derive(Debug, Args)]
pub(crate) struct Advisories {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    Sync(sync::Sync),
    Status(status::Status),
}

impl Advisories {
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::Import(import) => import.run(),
            Command::Sync(sync) => sync.run(),
            Command::Status(status) => status.run(),
        }
    }
}
