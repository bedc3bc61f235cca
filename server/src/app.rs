//! What every handler gets, and the way of a request to its handler.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::sync::Mutex;
use tower_service::Service;

use crate::access::Access;
use crate::body::ReplyBody;
use crate::downloads::Downloads;
use crate::incidents::Incidents;
use crate::metrics::{Kind, Metrics};
use crate::mirror::Mirror;
use crate::npm::{self, Passing};
use crate::pages;
use crate::webhooks::Webhooks;

pub(crate) struct App {
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) passing: Passing,
    pub(crate) access: Access,
    pub(crate) downloads: Downloads,
    pub(crate) incidents: Incidents,
    pub(crate) webhooks: Webhooks,
    /// Held while decisions are being read.
    pub(crate) deciding: Mutex<()>,
    /// Held while a policy is being tried.
    pub(crate) replaying: Mutex<()>,
    /// The server is stopping: not ready for new work.
    pub(crate) stopping: AtomicBool,
    /// Held while counted downloads are being written.
    pub(crate) counting: Mutex<()>,
}

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The npm API goes straight to its handlers; pages and operations go through a router.
#[derive(Clone)]
pub(crate) struct Doors {
    app: Arc<App>,
    pages: Router,
}

impl Doors {
    pub(crate) fn new(app: Arc<App>) -> Self {
        let pages = pages::router(Arc::clone(&app));
        Self { app, pages }
    }

    pub(crate) async fn answer(
        mut self,
        mut request: Request<Incoming>,
        peer: IpAddr,
    ) -> Response<ReplyBody> {
        let concerned = self.app.concerned(peer, request.headers());
        let (kind, reply) = if pages::own(request.uri().path()) {
            request.extensions_mut().insert(Peer(peer));
            let reply = match self.pages.call(request).await {
                Ok(reply) => reply.map(ReplyBody::Page),
                Err(never) => match never {},
            };
            (Kind::Lazaret, Ok(reply))
        } else {
            npm::answer(&self.app, request, peer).await
        };
        let mut reply = reply.unwrap_or_else(|problem| {
            tracing::debug!(status = problem.status().as_u16(), "{}", problem.text());
            problem.reply()
        });
        if let Some(concerned) = concerned {
            concerned.tell(kind, &mut reply);
        }
        self.app.metrics.request(kind, reply.status().as_u16());
        reply
    }
}
