//! `lazaret review log`: who did what, and whether the log is whole.

use super::{items, text};
use crate::commands::asking::{Asking, Mirror};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format, columns};
use clap::Args;
use jiff::Timestamp;
use lazaret_store::LogLine;
use lazaret_store::audit_log::Chain;

/// Show the audit log, export it, or check that nobody changed it.
///
/// --format json prints the whole log, a line of JSON each, oldest first. --verify computes every hash on this machine: it ends with 1
/// where a line was changed, removed or put in. Note the last hash elsewhere: it proves all lines up to it.
#[derive(Debug, Args)]
pub(super) struct Log {
    /// Check every line from the first.
    #[arg(long)]
    verify: bool,
    /// The newest so many.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

impl Log {
    pub(super) fn run(self) -> Ending {
        let mirror = self.asking.mirror()?;
        match (self.verify, self.format) {
            (true, format) => verify(&mirror, format),
            (false, Format::Json) => export(&mirror),
            (false, Format::Human) => newest(&mirror, self.limit),
        }
    }
}

fn export(mirror: &Mirror) -> Ending {
    mirror.lines(&["log.jsonl"], |line| {
        let line: LogLine = read(line)?;
        let json = serde_json::to_string(&line).map_err(anyhow::Error::from)?;
        output::result(&format!("{json}\n"));
        Ok(())
    })?;
    Ok(Exit::Clean)
}

fn read(line: &[u8]) -> Result<LogLine, Failure> {
    serde_json::from_slice(line).map_err(|error| {
        let error = anyhow::Error::new(error).context("a line of the log is not understood");
        Failure::new(Exit::Incomplete, error)
    })
}

fn verify(mirror: &Mirror, format: Format) -> Ending {
    let mut chain = Chain::default();
    let mut broken = None;
    mirror.lines(&["log.jsonl"], |line| {
        let line = read(line)?;
        if broken.is_none() {
            broken = chain.take(&line).err();
        }
        Ok(())
    })?;
    let unchained = match chain.unchained {
        0 => String::new(),
        count => format!(", the first {count} from before there were hashes"),
    };
    match (format, &broken) {
        (Format::Json, _) => output::json(&serde_json::json!({
            "schema": 1,
            "whole": broken.is_none(),
            "lines": chain.lines,
            "unchained": chain.unchained,
            "head": chain.head,
            "broken": broken,
        })),
        (Format::Human, None) => output::result(&format!(
            "the log is whole: {} lines{unchained}\nlast hash {}\n",
            chain.lines, chain.head
        )),
        (Format::Human, Some(why)) => output::result(&format!(
            "the log is NOT whole: {why}\n{} lines before it are{unchained}\n",
            chain.lines
        )),
    }
    Ok(match broken {
        None => Exit::Clean,
        Some(_) => Exit::Findings,
    })
}

fn newest(mirror: &Mirror, limit: u32) -> Ending {
    let answer = mirror.get(&["log"], &[("limit", &limit.to_string())])?;
    let rows = items(&answer, "lines").iter().rev().map(|line| {
        let at = Timestamp::from_millisecond(line["at"].as_i64().unwrap_or(0)).unwrap_or_default();
        let subject = match (line["name"].as_str(), line["version"].as_str()) {
            (Some(name), Some(version)) => format!("{name}@{version}"),
            (Some(name), None) => name.to_owned(),
            _ => String::new(),
        };
        let actor = match line["actor"].is_null() {
            true => "lazaret".to_owned(),
            false => text(line, "actor"),
        };
        vec![
            text(line, "id"),
            at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            actor,
            text(line, "kind"),
            output::escaped(&subject).into_owned(),
            text(line, "detail"),
        ]
    });
    output::result(&columns(&rows.collect::<Vec<_>>()));
    Ok(Exit::Clean)
}
