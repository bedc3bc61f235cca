//! `lazaret indicators show`.

use crate::config::flags::Data;
use crate::config::{self, Flags, did_you_mean};
use crate::exit::{Ending, Exit, Failure};
use crate::indicators;
use crate::output::{self, BOLD, Format, PLAIN};
use crate::surroundings::Surroundings;
use clap::Args;
use lazaret_npm::digest::hex;
use lazaret_policy::indicators::Campaign;
use serde_json::{Value, json};
use std::fmt::Write;

/// Show what one campaign is recognised by, and what to do about it.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The campaign's id, as `lazaret indicators list` has it.
    id: String,
    /// How to print it. In human output hosts are written so that nobody follows them by accident.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Data>,
}

impl Show {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let known = indicators::read(loaded.data().ok().as_deref(), &[])?;
        let Some(campaign) = known.indicators.campaign(&self.id) else {
            let ids = known.indicators.campaigns().iter().map(|one| &*one.id);
            let hint = did_you_mean(&self.id, ids);
            let message = format!(
                "no campaign has the id \"{}\"{hint}",
                output::escaped(&self.id)
            );
            return Err(Failure::wrong_use(message));
        };
        match self.format {
            Format::Human => output::result(&text(campaign)),
            Format::Json => {
                let mut value = as_json(campaign);
                value["schema"] = json!(1);
                output::json(&value);
            }
        }
        Ok(Exit::Clean)
    }
}

fn text(campaign: &Campaign) -> String {
    let mut out = String::new();
    let escaped = output::escaped;
    let until = campaign.to.map_or(String::new(), |to| format!(" to {to}"));
    let _ = writeln!(out, "{BOLD}{}{PLAIN}", escaped(&campaign.name));
    let _ = writeln!(out, "{} · {}{until}", campaign.id, campaign.from);
    let _ = writeln!(out, "Its payload {}.", escaped(&campaign.what));
    let mut list = |title: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            let _ = writeln!(out, "\n{BOLD}{title}{PLAIN}");
        }
        for text in texts {
            let _ = writeln!(out, "  {}", escaped(&text));
        }
    };
    let strings = |texts: &[Box<str>]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let versions = campaign
        .packages
        .iter()
        .map(|(name, versions)| match versions.as_slice() {
            [all] if &**all == "*" => format!("{name}, every version"),
            versions => format!("{name}  {}", versions.join(", ")),
        });
    list("Versions", versions.collect());
    let hashes = campaign.hashes.iter().map(|hash| {
        let names = hash.names.join(", ");
        let bytes = hash
            .bytes
            .map_or(String::new(), |bytes| format!(" {bytes} bytes"));
        format!("{} {names}{bytes}", hex(&hash.sha256))
    });
    list("Files, by sha256", hashes.collect());
    let lines = campaign
        .lines
        .iter()
        .map(|line| format!("{} {} bytes", hex(&line.sha256), line.bytes));
    list("Lines, by sha256", lines.collect());
    list("Strings", strings(&campaign.literals));
    let hosts = campaign.domains.iter().map(|host| host.replace('.', "[.]"));
    list("Hosts", hosts.collect());
    list("Strings that others write, too", strings(&campaign.hints));
    list("Files, by name", strings(&campaign.files));
    list("Rotate where its code ran", strings(&campaign.rotate));
    list("Besides", strings(&campaign.clean));
    list("Sources", strings(&campaign.sources));
    out
}

/// The whole campaign, the strings the right way round.
pub(super) fn as_json(campaign: &Campaign) -> Value {
    let hashes = campaign.hashes.iter().map(
        |hash| json!({ "sha256": hex(&hash.sha256), "names": hash.names, "bytes": hash.bytes }),
    );
    let lines = campaign
        .lines
        .iter()
        .map(|line| json!({ "sha256": hex(&line.sha256), "bytes": line.bytes }));
    json!({
        "id": campaign.id,
        "name": campaign.name,
        "from": campaign.from.to_string(),
        "to": campaign.to.map(|to| to.to_string()),
        "what": campaign.what,
        "sources": campaign.sources,
        "rotate": campaign.rotate,
        "clean": campaign.clean,
        "packages": campaign.packages,
        "hashes": hashes.collect::<Vec<_>>(),
        "lines": lines.collect::<Vec<_>>(),
        "literals": campaign.literals,
        "domains": campaign.domains,
        "hints": campaign.hints,
        "files": campaign.files,
    })
}
