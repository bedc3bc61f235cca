//! `lazaret indicators add`.

use crate::advisory_index::create_private;
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::indicators;
use crate::output;
use crate::replacing;
use crate::surroundings::Surroundings;
use clap::Args;
use lazaret_policy::indicators::Campaign;
use std::path::{Path, PathBuf};

/// Add campaigns that are written as TOML, in the form of docs/scan.md.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Files of one campaign each.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Take the place of a campaign of the same id that was added before.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl Add {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let data = loaded.data()?;
        // All are read before the first is kept.
        let read: Result<Vec<Campaign>, Failure> = self
            .files
            .iter()
            .map(|file| indicators::campaign(file))
            .collect();
        for campaign in read? {
            keep(&data, &campaign, self.replace)?;
        }
        Ok(Exit::Clean)
    }
}

/// Writes a campaign into the data directory: whole, or not at all.
pub(super) fn keep(data: &Path, campaign: &Campaign, replace: bool) -> Result<(), Failure> {
    let folder = indicators::folder(data);
    create_private(&folder)?;
    let path = folder.join(format!("{}.toml", campaign.id));
    if path.exists() && !replace {
        let message = format!(
            "{} is there already: give --replace to put this in its place",
            path.display()
        );
        return Err(Failure::wrong_use(message));
    }
    let text = campaign.to_toml();
    // What is kept is read by every scan: one that is too large would end them all.
    if let Err(error) = Campaign::parse(&text) {
        let message = format!(
            "{} is not kept: {}; give parts of it an --id each",
            campaign.id, error.message
        );
        return Err(Failure::wrong_use(message));
    }
    replacing::replace(&path, ".tmp", text.as_bytes())?;
    output::say(&format!("kept {}", path.display()));
    Ok(())
}
