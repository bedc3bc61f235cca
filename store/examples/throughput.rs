//! How long 16 askers need to store a first install: 900 packages with documents of 15 KB, 900 pins, 900 tarballs of 14 KB.
//! `cargo run --release -p lazaret-store --example throughput [DIRECTORY]`
//! Seen on two busy cores (load 3.6) and ext4 with an fdatasync of 0.1 ms, ten runs: packages and pins together 140-260 ms,
//! tarballs 110-340 ms, reads 45-63 ms, opening 4-8 ms.

#![expect(clippy::print_stdout, reason = "its numbers are what it is for")]

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use bytes::Bytes;
use jiff::Timestamp;
use lazaret_npm::{Digests, PackageName};
use lazaret_store::{PackageRow, Store, Validators, Write};

const PACKAGES: u64 = 900;

#[tokio::main]
async fn main() -> Result<()> {
    let parent = std::env::args_os().nth(1).map(PathBuf::from);
    let parent = parent.unwrap_or_else(std::env::temp_dir);
    let data = tempfile::tempdir_in(parent)?;
    let started = Instant::now();
    let store = Store::open(data.path(), None).await?;
    report("create the store", started);

    let started = Instant::now();
    each(&store, |store, number| async move {
        let row = PackageRow {
            name: name(number)?,
            validators: Validators {
                etag: Some(format!("\"{number:032x}\"")),
                last_modified: None,
            },
            first_contact: Timestamp::UNIX_EPOCH,
            checked_at: Timestamp::UNIX_EPOCH,
            document: Some(noise(number, 15_000)),
            document_len: 60_000,
        };
        Ok(store.write(vec![Write::Package(row)]).await?)
    })
    .await?;
    report("packages", started);

    let started = Instant::now();
    each(&store, |store, number| async move {
        let digests = Digests::of(&number.to_le_bytes());
        let pinned = Write::Pinned {
            name: name(number)?,
            version: "1.0.0".into(),
            sha512: digests.sha512_hex(),
            sha256: digests.sha256_hex(),
            sha1: digests.shasum(),
            size: 14_000,
            weak: false,
            at: Timestamp::UNIX_EPOCH,
            offered: Some(digests.integrity()),
        };
        Ok(store.write(vec![pinned]).await?)
    })
    .await?;
    report("pins", started);

    let started = Instant::now();
    each(&store, |store, number| async move {
        let bytes = Bytes::from(noise(number, 14_000));
        let digests = Digests::of(&bytes);
        let mut ingest = store.blobs.ingest();
        ingest.write(&bytes).await?;
        ingest.finish(&digests).await
    })
    .await?;
    report("tarballs", started);

    let started = Instant::now();
    each(&store, |store, number| async move {
        let name = name(number)?;
        store.db.package(&name).await?.context("it was stored")?;
        store.db.history(&name).await?;
        Ok(())
    })
    .await?;
    report("reads of a package and its history", started);
    store.close().await;

    let started = Instant::now();
    let store = Store::open(data.path(), None).await?;
    report("open the store", started);
    let started = Instant::now();
    store.db.totals().await?;
    report("first question", started);
    store.close().await;
    Ok(())
}

/// Runs `work` for every package, 16 at a time, each waiting for its own outcome.
async fn each<F: Future<Output = Result<()>> + Send + 'static>(
    store: &Store,
    work: fn(Store, u64) -> F,
) -> Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let askers = (0..16).map(|_| {
        let (store, next) = (store.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= PACKAGES {
                    return anyhow::Ok(());
                }
                work(store.clone(), number).await?;
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await??;
    }
    Ok(())
}

fn name(number: u64) -> Result<PackageName> {
    Ok(PackageName::parse(&format!("package-{number}"))?)
}

/// Bytes that differ for each `number`, and that nothing compresses.
fn noise(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_add(1);
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(length)
    .collect()
}

fn report(what: &str, started: Instant) {
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    println!("{milliseconds:8.1} ms  {what}");
}
