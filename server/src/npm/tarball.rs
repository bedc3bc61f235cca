//! `GET /{name}/-/{file}.tgz`: verified bytes, gated by the same verdict as the document. Installs from a lockfile
//! ask for nothing else.

use std::sync::Arc;

use http::HeaderMap;

use super::Reply;
use crate::app::App;
use crate::mirror::TarballKey;

pub(super) async fn get(app: &Arc<App>, key: TarballKey, headers: &HeaderMap) -> Reply {
    app.mirror.tarball(key, headers).await
}
