//! `GET /{name}/-/{file}.tgz`: verified bytes, gated by the same verdict as the document. Installs from a lockfile
//! ask for nothing else.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use lazaret_store::Handed;

use super::Reply;
use crate::app::App;
use crate::mirror::TarballKey;

pub(super) async fn get(
    app: &Arc<App>,
    key: TarballKey,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Reply {
    let reply = app.mirror.tarball(key.clone(), headers).await;
    match &reply {
        Ok(_) => app.note_download(key, peer, headers, Handed::Out),
        Err(problem) if problem.is_held() => {
            app.note_download(key, peer, headers, Handed::Refused);
        }
        Err(_) => {}
    }
    reply
}
