//! The upstream client against the fake npm: what it sends, what it accepts, and every way an upstream can fail.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test panic as the tests do"
)]

mod credentials;
mod faults;
mod feed;
mod packument;
mod passthrough;
mod redirects;
mod tarball;

use std::time::Duration;

use lazaret_npm::PackageName;
use lazaret_testing::{FakeNpm, Npm};
use lazaret_upstream::{
    Answer, Document, Download, Registry, RegistrySettings, UpstreamError, Validators,
};
use url::Url;

fn chalk() -> Npm {
    Npm::new()
        .package("chalk", |p| {
            p.version("5.6.0", |v| v)
                .version("5.6.1", |v| v.filler(200_000))
        })
        .package("@s/n", |p| p.version("1.0.0", |v| v))
}

/// Patient with a busy machine, quick with retries.
fn settings(npm: &FakeNpm) -> RegistrySettings {
    let mut settings = RegistrySettings::new(Url::parse(&npm.url()).unwrap());
    settings.backoff = Duration::from_millis(1);
    settings
}

fn registry(npm: &FakeNpm) -> Registry {
    Registry::new(settings(npm)).unwrap()
}

fn name(name: &str) -> PackageName {
    name.parse().unwrap()
}

async fn packument(registry: &Registry, of: &str) -> Result<Answer<Document>, UpstreamError> {
    registry.packument(&name(of), &Validators::default()).await
}

async fn document(registry: &Registry, of: &str) -> serde_json::Value {
    let Answer::Fresh(document) = packument(registry, of).await.unwrap() else {
        panic!("no packument of {of}")
    };
    serde_json::from_slice(&document.body).unwrap()
}

async fn all(mut download: Download) -> Result<Vec<u8>, UpstreamError> {
    let mut bytes = Vec::new();
    while let Some(piece) = download.chunk().await? {
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(download.chunk().await, Ok(None));
    Ok(bytes)
}

async fn tarball(registry: &Registry, of: &str, version: &str) -> Result<Vec<u8>, UpstreamError> {
    all(registry.tarball(&name(of), version, None).await?).await
}
