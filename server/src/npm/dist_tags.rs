//! `GET /-/package/{name}/dist-tags`: tags after repair.

use std::collections::BTreeMap;
use std::sync::Arc;

use lazaret_npm::PackageName;

use super::{Reply, json_of};
use crate::app::App;

pub(super) async fn get(app: &Arc<App>, name: &PackageName) -> Reply {
    let loaded = app.mirror.current(name).await?;
    app.mirror.refuse_if_nothing_left(&loaded.listing)?;
    let tags: BTreeMap<&str, &str> = loaded
        .listing
        .tags
        .iter()
        .map(|(tag, version)| (tag.as_str(), version.as_str()))
        .collect();
    json_of(&tags)
}
