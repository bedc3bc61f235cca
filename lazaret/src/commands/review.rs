//! `lazaret review`: what waits for a decision, what was decided, and the log of it.

mod decide;
mod list;
mod log;
mod show;

use crate::exit::Ending;
use clap::{Args, Subcommand};

/// Decide about held versions, and see what was decided.
///
/// Asks a running mirror in your name: make a token on its page /-/lazaret/account and give it in LAZARET_TOKEN.
#[derive(Debug, Args)]
pub(crate) struct Review {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Approve(decide::Approve),
    Reject(decide::Reject),
    Withdraw(decide::Withdraw),
    Log(log::Log),
}

impl Review {
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Approve(approve) => approve.run(),
            Command::Reject(reject) => reject.run(),
            Command::Withdraw(withdraw) => withdraw.run(),
            Command::Log(log) => log.run(),
        }
    }
}

/// A field of an answer as text, safe to print; empty if it is not there.
fn text(value: &serde_json::Value, field: &str) -> String {
    match &value[field] {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => crate::output::escaped(text).into_owned(),
        other => crate::output::escaped(&other.to_string()).into_owned(),
    }
}

/// A list of an answer; none if it is not there.
fn items<'a>(value: &'a serde_json::Value, field: &str) -> &'a [serde_json::Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}
