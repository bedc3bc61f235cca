//! `lazaret config`: what is in force and why, and a file to start from.

use crate::config::flags::All;
use crate::config::keys::{Default, SECTIONS};
use crate::config::{self, Flags, Loaded, Setting, template};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, BOLD, FAINT, Format, PLAIN, columns, escaped};
use crate::surroundings::Surroundings;
use crate::upstream_registry;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use toml::Value;

/// Show the configuration in force, or write a file to start from.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Box<Show>),
    Init(Init),
}

/// Print each value in force with where it comes from.
#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    flags: Flags<All>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Write a commented file with the defaults; never over a file that is there.
#[derive(Debug, Args)]
struct Init {
    /// Where to write it.
    #[arg(default_value = "lazaret.toml")]
    path: PathBuf,
}

impl Config {
    pub(crate) fn run(self) -> Ending {
        match self.command {
            Command::Show(show) => show.run(),
            Command::Init(init) => init.run(),
        }
    }
}

/// A row of `config show`.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: Option<serde_json::Value>,
    source: String,
}

impl Show {
    fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let rows = rows(&loaded, &surroundings)?;
        match self.format {
            Format::Json => output::json(
                &serde_json::json!({ "schema": 1, "file": loaded.file, "values": rows }),
            ),
            Format::Human => print(&loaded, &rows),
        }
        Ok(Exit::Clean)
    }
}

/// The settings, with those found outside of the file, variables and flags filled in.
fn rows(loaded: &Loaded, surroundings: &Surroundings) -> anyhow::Result<Vec<Row>> {
    let found = upstream_registry::find(loaded, surroundings);
    let mut rows = Vec::new();
    for setting in &loaded.settings {
        let mut row = row(setting)?;
        match (setting.key.path, &found) {
            ("server.data", _) if row.value.is_none() => {
                row.value = loaded
                    .data()
                    .ok()
                    .map(|data| data.display().to_string().into());
            }
            ("upstream.registry", Ok(found)) => {
                row.value = Some(found.url.to_string().into());
                row.source = found.source.clone();
            }
            ("upstream.registry", Err(failure)) if row.value.is_none() => {
                row.source = first_line(failure)
            }
            ("upstream.ca-file", Ok(found)) => {
                if let Some((path, source)) = &found.ca_file {
                    row.value = Some(path.display().to_string().into());
                    row.source.clone_from(source);
                }
            }
            ("upstream.token", Ok(found)) => {
                if let Some(source) = &found.auth_source {
                    row.value = Some("***".into());
                    row.source.clone_from(source);
                }
            }
            _ => {}
        }
        rows.push(row);
    }
    Ok(rows)
}

fn first_line(failure: &Failure) -> String {
    failure
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn row(setting: &Setting) -> anyhow::Result<Row> {
    let source = match (&setting.value, setting.key.default) {
        (None, Default::Unset(meaning)) => meaning.to_owned(),
        _ => setting.source.to_string(),
    };
    Ok(Row {
        key: setting.key.path,
        value: setting.value.clone().map(to_json).transpose()?,
        source,
    })
}

/// Date-times become text.
fn to_json(value: Value) -> anyhow::Result<serde_json::Value> {
    Ok(match value {
        Value::Datetime(instant) => instant.to_string().into(),
        Value::Array(values) => values
            .into_iter()
            .map(to_json)
            .collect::<anyhow::Result<_>>()?,
        Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| Ok((key, to_json(value)?)))
            .collect::<anyhow::Result<_>>()?,
        other => serde_json::to_value(other)?,
    })
}

fn print(loaded: &Loaded, rows: &[Row]) {
    let file = loaded.file.as_ref().map(|file| file.display().to_string());
    let mut text = match file {
        Some(file) => format!("{FAINT}# read from {}{PLAIN}\n", escaped(&file)),
        None => {
            format!("{FAINT}# no lazaret.toml was found; `lazaret config init` writes one{PLAIN}\n")
        }
    };
    let cells: Vec<Vec<String>> = loaded
        .settings
        .iter()
        .zip(rows)
        .map(|(setting, row)| {
            let value = match &row.value {
                None => "-".to_owned(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            vec![
                setting.key.name().to_owned(),
                escaped(&value).into_owned(),
                escaped(&row.source).into_owned(),
            ]
        })
        .collect();
    let lines = columns(&cells);
    let mut lines = loaded.settings.iter().zip(lines.lines()).peekable();
    for (section, _) in SECTIONS {
        text.push_str(&format!("\n{BOLD}[{section}]{PLAIN}\n"));
        while let Some((_, line)) = lines.next_if(|(setting, _)| setting.key.section() == *section)
        {
            text.push_str(&format!("{line}\n"));
        }
    }
    output::result(&text);
}

impl Init {
    fn run(self) -> Ending {
        let shown = self.path.display().to_string();
        let mut file = match std::fs::File::create_new(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Failure::wrong_use(format!(
                    "{shown} exists already and was left as it is"
                )));
            }
            Err(error) => {
                return Err(anyhow::Error::new(error)
                    .context(format!("cannot write {shown}"))
                    .into());
            }
        };
        file.write_all(template::template().as_bytes())
            .with_context(|| format!("cannot write {shown}"))?;
        output::say(&format!("wrote {}", escaped(&shown)));
        Ok(Exit::Clean)
    }
}
