//! `lazaret store verify`: every kept tarball is read again and compared with its address.

use crate::commands::{all_processors, runtime};
use crate::config::flags::Data;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format};
use crate::surroundings::Surroundings;
use anyhow::Result;
use clap::Args;
use futures_util::StreamExt;
use indicatif::ProgressBar;
use jiff::Timestamp;
use lazaret_store::{Event, Severity, Store, Stored, Write};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;

/// Rows read at a time.
const PAGE: u32 = 1000;

/// Read every kept tarball again and take what has changed out of service.
///
/// Works beside a running server. What is damaged moves to DATA/quarantine and is fetched again when it is asked for.
/// Ends with 1 when anything was damaged or missing.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    flags: Flags<Data>,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Found {
    schema: u32,
    /// Tarballs whose bytes are what their address says.
    verified: u64,
    /// Bytes that were read.
    bytes: u64,
    damaged: Vec<Bad>,
    /// Addresses that versions are pinned to, without a file.
    missing: Vec<Bad>,
    /// Files that could not be read, or do not belong where they are.
    unreadable: Vec<String>,
}

/// Bytes that are no longer what they were.
#[derive(Debug, Serialize)]
struct Bad {
    sha512: String,
    /// The versions that are pinned to them.
    versions: Vec<String>,
}

impl Verify {
    pub(super) fn run(self) -> Ending {
        let loaded = config::load(&self.flags, &Surroundings::of_this_process())?;
        let data = loaded.data()?;
        if !data.join("lazaret.db").exists() {
            let nothing = format!(
                "there is no store in {}: `lazaret serve` has not run there",
                data.display()
            );
            return Err(Failure::new(Exit::Nothing, anyhow::anyhow!(nothing)));
        }
        let found = runtime()?.block_on(async {
            let store = Store::open(&data, None).await?;
            let bar = output::bar("verifying", store.db.totals().await?.bytes);
            let found = verify(&store, &bar).await;
            bar.finish_and_clear();
            store.close().await;
            found
        })?;
        match self.format {
            Format::Human => output::result(&found.text()),
            Format::Json => output::json(&found),
        }
        Ok(found.exit())
    }
}

async fn verify(store: &Store, bar: &ProgressBar) -> Result<Found> {
    let mut found = Found {
        schema: 1,
        ..Found::default()
    };
    let mut seen = HashSet::new();
    let checks = store.blobs.list().map(|stored| check(store, stored));
    let mut checks = std::pin::pin!(checks.buffer_unordered(all_processors()));
    while let Some(checked) = checks.next().await {
        match checked {
            Ok((stored, is_itself)) => {
                bar.inc(stored.size);
                found.bytes += stored.size;
                match is_itself {
                    true => found.verified += 1,
                    false => found
                        .damaged
                        .push(take_out(store, &stored.sha512, "other bytes").await?),
                }
                seen.insert(stored.sha512);
            }
            Err(error) => found.unreadable.push(format!("{error:#}")),
        }
    }
    let mut after = String::new();
    loop {
        let page = store.db.content(&after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.sha512);
        for row in page {
            // A server beside us may have fetched it since the files were listed.
            let gone = row.quarantined_at.is_none() && !seen.contains(&row.sha512);
            if gone && !store.blobs.exists(&row.sha512).await? {
                found
                    .missing
                    .push(take_out(store, &row.sha512, "no file").await?);
            }
        }
    }
    Ok(found)
}

/// Whether the bytes are what their address says.
async fn check(store: &Store, stored: Result<Stored>) -> Result<(Stored, bool)> {
    let stored = stored?;
    let digests = store.blobs.digests(&stored.sha512).await?;
    // Gone since it was listed: the second half of `verify` looks for what is missing.
    let is_itself = digests.is_none_or(|digests| digests.sha512_hex() == stored.sha512);
    if is_itself {
        let sha512 = stored.sha512.clone();
        store
            .queue(vec![Write::Verified {
                sha512,
                at: Timestamp::now(),
            }])
            .await?;
    }
    Ok((stored, is_itself))
}

async fn take_out(store: &Store, sha512: &str, what: &str) -> Result<Bad> {
    let versions = store.db.pinned(sha512).await?;
    let versions = versions
        .into_iter()
        .map(|(name, version)| format!("{name}@{version}"))
        .collect();
    let at = Timestamp::now();
    store.quarantine(sha512, at).await?;
    let event = Event {
        at,
        kind: "scrub-mismatch".into(),
        severity: Severity::Critical,
        name: None,
        version: None,
        detail: serde_json::json!({ "sha512": sha512, "found": what }).to_string(),
    };
    store.write(vec![Write::Event(event)]).await?;
    Ok(Bad {
        sha512: sha512.to_owned(),
        versions,
    })
}

impl Found {
    fn exit(&self) -> Exit {
        match (
            self.unreadable.is_empty(),
            self.damaged.is_empty() && self.missing.is_empty(),
        ) {
            (_, false) => Exit::Findings,
            (false, true) => Exit::Incomplete,
            (true, true) => Exit::Clean,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (word, list) in [("damaged", &self.damaged), ("missing", &self.missing)] {
            for bad in list {
                let _ = writeln!(
                    text,
                    "{word}  sha512 {}  {}",
                    bad.sha512,
                    output::escaped(&bad.versions.join(", "))
                );
            }
        }
        for unreadable in &self.unreadable {
            let _ = writeln!(text, "unreadable  {}", output::escaped(unreadable));
        }
        let _ = writeln!(
            text,
            "{} tarballs ({} bytes) are themselves, {} damaged, {} missing, {} unreadable",
            self.verified,
            self.bytes,
            self.damaged.len(),
            self.missing.len(),
            self.unreadable.len(),
        );
        text
    }
}
