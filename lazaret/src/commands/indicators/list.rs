//! `lazaret indicators list`.

use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit};
use crate::indicators;
use crate::output::{self, Format, columns};
use crate::surroundings::Surroundings;
use clap::Args;
use lazaret_policy::indicators::Campaign;
use serde_json::{Value, json};

/// List the campaigns, oldest first, and the overrides.
#[derive(Debug, Args)]
pub(super) struct List {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl List {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let known = indicators::read(loaded.data().ok().as_deref(), &[])?;
        let origin = |campaign: &Campaign| match known.own.contains(&campaign.id) {
            true => "added",
            false => "shipped",
        };
        let campaigns = known.indicators.campaigns();
        match self.format {
            Format::Human => {
                let mut rows: Vec<Vec<String>> = vec![
                    [
                        "id", "from", "versions", "hashes", "strings", "files", "", "name",
                    ]
                    .map(str::to_owned)
                    .into(),
                ];
                for campaign in campaigns {
                    let versions: usize = campaign.packages.values().map(Vec::len).sum();
                    let strings =
                        campaign.literals.len() + campaign.domains.len() + campaign.hints.len();
                    rows.push(vec![
                        campaign.id.to_string(),
                        campaign.from.to_string(),
                        versions.to_string(),
                        (campaign.hashes.len() + campaign.lines.len()).to_string(),
                        strings.to_string(),
                        campaign.files.len().to_string(),
                        origin(campaign).to_owned(),
                        output::escaped(&campaign.name).into_owned(),
                    ]);
                }
                output::result(&columns(&rows));
                for one in &known.overrides.all {
                    let reason = output::escaped(&one.reason).into_owned();
                    let campaign = output::escaped(&one.campaign).into_owned();
                    output::result(&format!(
                        "override of {campaign} until {}: {reason}\n",
                        one.until
                    ));
                }
            }
            Format::Json => {
                let all: Vec<Value> = campaigns
                    .iter()
                    .map(|campaign| {
                        let mut value = super::show::as_json(campaign);
                        value["origin"] = json!(origin(campaign));
                        value
                    })
                    .collect();
                let overrides = known.overrides.all.iter().map(|one| {
                    json!({ "campaign": one.campaign, "path": one.path, "sha256": one.sha256, "reason": one.reason, "until": one.until.to_string() })
                });
                let overrides: Vec<Value> = overrides.collect();
                output::json(&json!({ "schema": 1, "campaigns": all, "overrides": overrides }));
            }
        }
        Ok(Exit::Clean)
    }
}
