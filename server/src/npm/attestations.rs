//! `GET /-/npm/v1/attestations/{name}@{version}`: passed through, gated like the tarball, because pnpm takes a
//! version that has attestations for a version that exists.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Reply;
use crate::app::App;
use crate::mirror::TarballKey;

/// What SemVer versions are made of stays as it is.
const OF_VERSIONS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'+');

pub(super) async fn get(app: &Arc<App>, key: TarballKey) -> Reply {
    let (name, version) = &key;
    let listing = app.mirror.listing(name).await?;
    let Some(judged) = listing.version(version) else {
        return Err(listing.no_version(version));
    };
    app.mirror.refuse_if_held(&key, judged.verdict.as_deref())?;
    // A version of the document, but a document may call anything a version.
    let version = utf8_percent_encode(version, OF_VERSIONS);
    let path = format!("-/npm/v1/attestations/{}@{version}", name.encoded());
    app.passing.get(&app.mirror, &path).await
}
