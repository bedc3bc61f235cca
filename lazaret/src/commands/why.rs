//! `lazaret why`: the verdict on one version, as the mirror that serves it sees it.

mod answer;

use super::asking::configured_server;
use crate::config::flags::Nothing;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format};
use crate::surroundings::Surroundings;
use answer::Answer;
use anyhow::Context;
use clap::Args;
use lazaret_npm::PackageId;
use lazaret_upstream::{Registry, RegistrySettings};
use url::Url;

/// More than any verdict needs.
const MOST_BYTES: u64 = 4 << 20;

/// Say what is decided about one version, and why.
///
/// Ends with 0 when it is let through, 1 when it is held, 5 when it is blocked as malicious, 4 when the mirror could not be asked.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The package and its exact version, such as chalk@5.6.1.
    #[arg(value_name = "NAME@VERSION")]
    id: PackageId,
    /// The mirror to ask [env: LAZARET_SERVER] [default: where the configuration says that lazaret listens].
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Nothing>,
}

impl Why {
    pub(crate) fn run(self) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let server = match &self.server {
            Some(server) => server.clone(),
            None => configured_server(&loaded, &surroundings)?,
        };
        let body = super::runtime()?.block_on(ask(
            &server,
            &self.id,
            loaded.config.upstream.extra_ca()?,
        ))?;
        let answer = Answer::parse(&body)
            .map_err(|error| error.context(format!("{server} does not answer like lazaret")))?;
        match self.format {
            Format::Json => {
                output::result(&format!("{}\n", String::from_utf8_lossy(&body).trim_end()))
            }
            Format::Human => output::result(&answer.text()),
        }
        Ok(answer.exit())
    }
}

async fn ask(server: &Url, id: &PackageId, extra_ca: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
    let mut settings = RegistrySettings::new(server.clone());
    settings.retries = 0;
    settings.extra_ca = extra_ca;
    let mirror = Registry::new(settings).map_err(|error| Failure::new(Exit::WrongUse, error))?;
    let path = format!("-/lazaret/why/{}@{}", id.name.encoded(), id.version);
    let answer = mirror.get(&path, MOST_BYTES, None).await.with_context(|| {
        format!("the mirror at {server} could not be asked (is `lazaret serve` running there?)")
    })?;
    if answer.status == 200 {
        return Ok(answer.body.to_vec());
    }
    let said = answer::problem(&answer.body)
        .unwrap_or_else(|| "nothing that lazaret would say".to_owned());
    let exit = match answer.status {
        404 => Exit::Nothing,
        400 => Exit::WrongUse,
        _ => Exit::Incomplete,
    };
    Err(Failure::new(
        exit,
        anyhow::anyhow!("{server} answers {}: {said}", answer.status),
    ))
}
