//! The npm API: one file per kind of answer.

mod attestations;
mod audit;
mod dist_tags;
mod keys;
mod manifest;
mod packument;
mod passing;
mod ping;
mod search;
mod tarball;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPECT};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use crate::app::App;
use crate::body::ReplyBody;
use crate::metrics::Kind;
use crate::problem::Problem;
use crate::routes::Route;

pub(crate) use passing::Passing;

/// Largest publication that is taken in to be refused; registries take none above 100 MB or so.
const REFUSED: usize = 160 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) type Reply = Result<Response<ReplyBody>, Problem>;

/// Answers a request for the npm API, and says what kind it was.
pub(crate) async fn answer(
    app: &Arc<App>,
    request: Request<Incoming>,
    peer: IpAddr,
) -> (Kind, Reply) {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let route = match Route::of(request.uri().path()) {
        Ok(route) => route,
        // Unpublishing and the like write to addresses that nobody reads.
        Err(_) if !reads => return (Kind::Write, refuse_writing(request).await),
        Err(problem) => return (Kind::Other, Err(problem)),
    };
    match route {
        Route::AuditBulk if !reads => (Kind::Audit, audit::bulk(app, request, peer).await),
        Route::AuditQuick | Route::AuditFull if !reads => {
            (Kind::Audit, audit::report(app, request, peer).await)
        }
        Route::AuditBulk | Route::AuditQuick | Route::AuditFull => {
            (Kind::Audit, Err(Problem::method_not_allowed("POST")))
        }
        _ if !reads => (Kind::Write, refuse_writing(request).await),
        Route::Packument(name) => (
            Kind::Packument,
            packument::get(app, name, request.headers()).await,
        ),
        Route::Tarball(name, version) => (
            Kind::Tarball,
            tarball::get(app, (name, version), request.headers(), peer).await,
        ),
        Route::Manifest(name, wanted) => (Kind::Manifest, manifest::get(app, &name, &wanted).await),
        Route::DistTags(name) => (Kind::DistTags, dist_tags::get(app, &name).await),
        Route::Search => (Kind::Search, search::get(app, request.uri().query()).await),
        Route::Ping => (Kind::Other, ping::get()),
        Route::Keys => (Kind::Keys, keys::get(app).await),
        Route::Attestations(name, version) => (
            Kind::Attestations,
            attestations::get(app, (name, version)).await,
        ),
        Route::Write => (Kind::Write, Err(Problem::read_only())),
    }
}

/// Takes in what comes with a refused request: a client that cannot send all of it never reads why it was refused.
async fn refuse_writing(request: Request<Incoming>) -> Reply {
    // Whoever asks before it sends learns it without sending.
    if !request.headers().contains_key(EXPECT) {
        let mut body = Limited::new(request.into_body(), REFUSED);
        let taking_in = async { while let Some(Ok(_)) = body.frame().await {} };
        // Whoever is slower gets the refusal as well, if the network lets it through.
        let _ = tokio::time::timeout(PATIENCE, taking_in).await;
    }
    Err(Problem::read_only())
}

/// A JSON answer that clients confirm before they use it again.
fn json(body: impl Into<Bytes>) -> Response<ReplyBody> {
    let mut reply = Response::new(ReplyBody::from(body.into()));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply
}

/// [`json`] of anything that can be written as JSON.
fn json_of(value: &impl serde::Serialize) -> Reply {
    serde_json::to_vec(value).map(json).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Problem::internal()
    })
}
