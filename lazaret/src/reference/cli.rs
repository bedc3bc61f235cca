//! docs/reference/cli.md: the help of every command.

use crate::commands::Cli;
use clap::{Command, CommandFactory};
use std::fmt::Write;

#[test]
fn cli() {
    let mut text = String::from(
        "# The command line\n\nWritten by a test from `lazaret --help`; do not edit.\n\n\
         Results go to stdout, everything else to stderr. Every key of `lazaret.toml` is also a flag and a variable: see [config.md](config.md).\n",
    );
    let mut lazaret = Cli::command().term_width(100).disable_help_subcommand(true);
    lazaret.build();
    describe(&mut lazaret, "lazaret", &mut text);
    super::holds("cli.md", &text);
}

fn describe(command: &mut Command, name: &str, text: &mut String) {
    let help = command
        .clone()
        .bin_name(name)
        .render_long_help()
        .to_string();
    let help: String = help
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    write!(text, "\n## `{name}`\n\n```text\n{help}```\n").unwrap();
    for inner in command.get_subcommands_mut() {
        let name = format!("{name} {}", inner.get_name());
        describe(inner, &name, text);
    }
}
