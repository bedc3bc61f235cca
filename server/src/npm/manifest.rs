//! `GET /{name}/{version or tag}`: one manifest.

use std::sync::Arc;

use lazaret_npm::PackageName;
use lazaret_npm::packument::Links;

use super::{Reply, json};
use crate::app::App;
use crate::problem::Problem;

pub(super) async fn get(app: &Arc<App>, name: &PackageName, wanted: &str) -> Reply {
    let mirror = &app.mirror;
    let loaded = mirror.current(name).await?;
    let listing = &loaded.listing;
    mirror.refuse_if_nothing_left(listing)?;
    let by_tag = listing.tags.iter().find(|(tag, _)| tag == wanted);
    let version = by_tag.map_or(wanted, |(_, version)| version);
    let (Some(entry), Some(judged)) = (loaded.packument.entry(version), listing.version(version))
    else {
        return Err(listing.no_version(wanted));
    };
    mirror.refuse_if_held(&(name.clone(), version.into()), judged.verdict.as_deref())?;
    let links = Links {
        public_url: &mirror.public_url,
        first_contact: listing.first_contact,
    };
    let mut body = Vec::new();
    loaded
        .packument
        .write_manifest(entry, links, &mut body)
        .map_err(|error| {
            tracing::error!(%error, "a manifest could not be written");
            Problem::internal()
        })?;
    Ok(json(body))
}
