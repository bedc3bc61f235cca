//! The command line of lazaret: parse, run, and end with the exit code that the command's answer has.

mod advisory_index;
mod commands;
mod config;
mod exit;
mod indicators;
mod inspection;
mod logging;
mod output;
mod packages;
mod replacing;
mod surroundings;
mod upstream_registry;

#[cfg(test)]
mod reference;

use clap::Parser;
use std::process::ExitCode;

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Before anything is read, opened or started.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == lazaret_inspector::WORKER)
    {
        lazaret_inspector::worker::run();
    }
    match commands::Cli::try_parse() {
        Ok(cli) => {
            let ending = cli.run().unwrap_or_else(|failure| failure.report());
            match output::unwritten() {
                Some(error) => ending.without_result(&error),
                None => ending,
            }
            .into()
        }
        Err(help_or_error) => {
            let _ = help_or_error.print();
            ExitCode::from(u8::try_from(help_or_error.exit_code()).unwrap_or(2))
        }
    }
}
