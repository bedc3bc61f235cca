//! `lazaret store`: what is kept, and whether it is still itself.

mod verify;

use crate::exit::Ending;
use clap::{Args, Subcommand};

/// Look after what is kept.
#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Verify),
}

impl Store {
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::Verify(verify) => verify.run(),
        }
    }
}
