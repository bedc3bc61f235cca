//! `lazaret advisories import`: records from files, added to what is there.

use super::gather::{Input, gather};
use super::report;
use crate::advisory_index::{self, Change};
use crate::commands::all_processors;
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output;
use crate::surroundings::Surroundings;
use clap::Args;
use jiff::Timestamp;
use lazaret_policy::AdvisoryIndex;
use lazaret_policy::index::{IndexBuilder, Source};
use std::path::PathBuf;

/// Add OSV records from files: JSON records, folders of them, zip exports.
///
/// Of two records with one id the newer stays. Records that cannot be read are named, the others are taken, and the command ends with 4.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// JSON files, folders (read with all that is in them) and zip archives.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl Import {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        if let Some(missing) = self.paths.iter().find(|path| !path.exists()) {
            return Err(Failure::wrong_use(format!(
                "there is no {}",
                missing.display()
            )));
        }
        let data = loaded.data()?;
        let change = Change::begin(&data)?;
        let before = advisory_index::read(&data).unwrap_or_else(|error| {
            output::warn(&format!("{error:#}; it is replaced"));
            None
        });
        let before = before.unwrap_or_else(AdvisoryIndex::empty);
        let mut builder = IndexBuilder::from_index(&before, &[Source::Imported, Source::Synced])
            .map_err(anyhow::Error::new)?;
        let bar = output::bar("importing", 0);
        let inputs: Vec<Input> = self.paths.into_iter().map(Input::Path).collect();
        let gathered = gather(
            &inputs,
            Source::Imported,
            &mut builder,
            all_processors(),
            &bar,
        )?;
        bar.finish_and_clear();
        if gathered.records == 0 && gathered.bad == 0 {
            return Err(Failure::new(
                Exit::Nothing,
                anyhow::anyhow!(
                    "there is no OSV record about an npm package in what was given; nothing was changed"
                ),
            ));
        }
        let index = builder
            .finish(Timestamp::now())
            .map_err(anyhow::Error::new)?;
        if gathered.records > 0 {
            change.replace(&index)?;
        }
        let index = AdvisoryIndex::from_bytes(index).map_err(anyhow::Error::new)?;
        Ok(report::told(&gathered, &index))
    }
}
