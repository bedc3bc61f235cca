//! `lazaret advisories status`: how much is known, and how old it is.

use super::report::thousands;
use crate::advisory_index::{self, age};
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit};
use crate::output::{self, Format, columns};
use crate::surroundings::Surroundings;
use clap::Args;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use serde_json::json;

/// Count the advisories and say how old they are.
///
/// Ends with 1 when there are none or the newest is older than 3 days.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl Status {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let data = loaded.data()?;
        let now = Timestamp::now();
        let index = advisory_index::read(&data)?;
        let complaint = advisory_index::complaint(index.as_ref(), now);
        let index = index.unwrap_or_else(AdvisoryIndex::empty);
        match self.format {
            Format::Human => output::result(&text(&index, now)),
            Format::Json => output::json(&as_json(&index, complaint.is_some())),
        }
        Ok(match complaint {
            Some(complaint) => {
                output::warn(&complaint);
                Exit::Findings
            }
            None => Exit::Clean,
        })
    }
}

fn text(index: &AdvisoryIndex, now: Timestamp) -> String {
    let counts = index.counts();
    let mut rows: Vec<Vec<String>> = [
        ("rows", counts.rows),
        ("packages", counts.packages),
        ("malicious", counts.malicious),
        ("vulnerabilities", counts.vulnerabilities),
        ("withdrawn", counts.withdrawn),
        ("from the feed", counts.synced),
        ("from files", counts.imported),
    ]
    .map(|(name, count)| vec![name.to_owned(), thousands(count as u64)])
    .into();
    if let Some(newest) = index.newest_modified() {
        rows.push(vec![
            "newest record".into(),
            format!("{newest}, {} old", age(newest, now)),
        ]);
        rows.push(vec![
            "index built".into(),
            format!("{}, {} ago", index.built_at(), age(index.built_at(), now)),
        ]);
    }
    columns(&rows)
}

fn as_json(index: &AdvisoryIndex, stale: bool) -> serde_json::Value {
    let counts = index.counts();
    let newest = index.newest_modified();
    json!({
        "schema": 1,
        "rows": counts.rows,
        "packages": counts.packages,
        "malicious": counts.malicious,
        "vulnerabilities": counts.vulnerabilities,
        "withdrawn": counts.withdrawn,
        "synced": counts.synced,
        "imported": counts.imported,
        "newest": newest.map(|newest| newest.to_string()),
        "built": newest.map(|_| index.built_at().to_string()),
        "stale": stale,
    })
}
