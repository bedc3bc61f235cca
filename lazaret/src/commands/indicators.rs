//! `lazaret indicators`: what `lazaret scan` looks for.

mod add;
mod import;
mod list;
mod show;

use crate::exit::Ending;
use clap::{Args, Subcommand};

/// List, show and add what campaigns are recognised by.
#[derive(Debug, Args)]
pub(crate) struct IndicatorsOf {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Add(add::Add),
    Import(import::Import),
}

impl IndicatorsOf {
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Add(add) => add.run(),
            Command::Import(import) => import.run(),
        }
    }
}
