//! `GET /-/npm/v1/attestations/{name}@{version}`: passed through, gated like the tarball, because pnpm takes a
//! version that has attestations for a version that exists.

use std::sync::Arc;

use super::Reply;
use crate::app::App;
use crate::mirror::TarballKey;
use crate::problem::Problem;

pub(super) async fn get(app: &Arc<App>, key: TarballKey) -> Reply {
    let (name, version) = &key;
    let listing = app.mirror.listing(name).await?;
    let Some(judged) = listing.version(version) else {
        return Err(Problem::no_version(name, version));
    };
    if let Some(verdict) = &judged.verdict
        && verdict.outcome.is_held()
    {
        return Err(app.mirror.refuse(&key, verdict));
    }
    // `version` is a version of the document, so it holds nothing that could change the path.
    let path = format!("-/npm/v1/attestations/{}@{version}", name.encoded());
    app.passing.get(&app.mirror, &path).await
}
