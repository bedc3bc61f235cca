//! `lazaret indicators import`: from OSV records, STIX 2.1 bundles and tables.

use super::add::keep;
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::indicators;
use crate::output;
use crate::surroundings::Surroundings;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lazaret_policy::indicators::import::{self, About, ImportError};
use std::path::{Path, PathBuf};

/// Largest file, in bytes.
const LIMIT: usize = 64 << 20;

/// Import campaigns from what others publish: OSV records, STIX 2.1 bundles, tables (CSV).
///
/// What is too broad to be searched for, or is not understood, is left out and named.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Files of one campaign each.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What they are [default: by the end of their name and their content].
    #[arg(long = "from", value_enum, value_name = "FORM")]
    form: Option<Form>,
    /// The campaign's id [default: the record's, or the file's name].
    #[arg(long)]
    id: Option<String>,
    /// The campaign's name [default: the id].
    #[arg(long)]
    name: Option<String>,
    /// The day it began [default: the record's, or today].
    #[arg(long, value_name = "DAY")]
    date: Option<Date>,
    /// Take the place of a campaign of the same id that was added before.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    flags: Flags<Data>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// An OSV record, with its `iocs`.
    Osv,
    /// A STIX 2.1 bundle with simple patterns.
    Stix,
    /// A table with a header.
    Csv,
}

impl Import {
    pub(super) fn run(self) -> Ending {
        if self.files.len() > 1 && self.id.is_some() {
            return Err(Failure::wrong_use("--id is for one file"));
        }
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let data = loaded.data()?;
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let mut exit = Exit::Clean;
        for file in &self.files {
            let bytes = indicators::bytes(file, LIMIT)?;
            let form = self.form.unwrap_or_else(|| form_of(file, &bytes));
            let stem = file.file_stem().map(|stem| stem.to_string_lossy());
            let stem = slug(&stem.unwrap_or_default());
            let id = match (&self.id, form) {
                (Some(id), _) => id.clone(),
                // The record has one itself.
                (None, Form::Osv) => String::new(),
                (None, _) => stem.clone(),
            };
            let about = About {
                name: self.name.clone().unwrap_or(stem),
                id,
                source: file
                    .file_name()
                    .map_or(String::new(), |name| name.to_string_lossy().into_owned()),
                from: self.date.unwrap_or(today),
            };
            let imported = match form {
                Form::Osv => import::record(&bytes, &about),
                Form::Stix => import::bundle(&bytes, &about),
                Form::Csv => match str::from_utf8(&bytes) {
                    Ok(text) => import::table(text, &about),
                    Err(_) => Err(ImportError::Form("UTF-8")),
                },
            };
            let shown = file.display();
            let imported = match imported {
                Ok(imported) => imported,
                // One record without indicators among many is no reason to leave out the others.
                Err(nothing @ ImportError::Nothing { .. }) => {
                    output::warn(&format!("{shown}: {nothing}"));
                    if let ImportError::Nothing { left_out } = &nothing {
                        warn_of(file, left_out);
                    }
                    exit = Exit::Nothing;
                    continue;
                }
                Err(error) => return Err(Failure::wrong_use(format!("{shown}: {error}"))),
            };
            warn_of(file, &imported.left_out);
            keep(&data, &imported.campaign, self.replace)?;
        }
        Ok(exit)
    }
}

fn warn_of(file: &Path, left_out: &[String]) {
    for note in left_out {
        output::warn(&format!("{}: left out {note}", file.display()));
    }
}

fn form_of(file: &Path, bytes: &[u8]) -> Form {
    if file
        .extension()
        .is_some_and(|end| end == "csv" || end == "tsv")
    {
        return Form::Csv;
    }
    let is = |kind: &str| {
        serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|json| json["type"] == kind)
    };
    match bytes.trim_ascii_start().first() {
        Some(b'{') if is("bundle") => Form::Stix,
        Some(b'{') => Form::Osv,
        _ => Form::Csv,
    }
}

/// An id out of a file's name.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        match letter.is_ascii_alphanumeric() {
            true => slug.push(letter.to_ascii_lowercase()),
            false if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            false => {}
        }
    }
    slug.truncate(80);
    slug.trim_end_matches('-').to_owned()
}
