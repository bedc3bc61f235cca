//! The listening side: connections, requests, faults, bodies.

use std::future::{Future, pending};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::{mpsc as channel, watch};
use tokio::task::JoinSet;

use crate::answer::{Answer, answer, error};
use crate::fault::Kind;
use crate::record::{Recorder, Request, Ticket};
use crate::world::World;

#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) recorder: Arc<Recorder>,
    /// Moves on when a fault is healed, for those who wait on a hold.
    pub(crate) healed: watch::Sender<u64>,
    pub(crate) connections: AtomicUsize,
    pub(crate) origin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Online,
    Refuse,
    Hang,
    Stop,
}

impl Shared {
    pub(crate) fn new(world: World, origin: String) -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::new(world),
            recorder: Recorder::new(),
            healed: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            origin,
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until told to stop; every order is acknowledged.
pub(crate) async fn listen(
    first: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut orders: channel::UnboundedReceiver<(Order, mpsc::Sender<()>)>,
) {
    let mut mode = Order::Online;
    let mut listener = adopt(first).ok();
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                mode = order;
                connections.shutdown().await;
                if matches!(order, Order::Refuse | Order::Stop) {
                    listener = None;
                } else if listener.is_none() {
                    listener = TcpListener::bind(address).and_then(adopt).ok();
                    assert!(listener.is_some(), "another process took {address}");
                }
                done.send(()).ok();
                if order == Order::Stop {
                    return;
                }
            }
            Ok((stream, _)) = accepted => {
                stream.set_nodelay(true).ok();
                shared.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(connection(stream, Arc::clone(&shared), mode));
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

fn adopt(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

async fn connection(stream: tokio::net::TcpStream, shared: Arc<Shared>, mode: Order) {
    if mode == Order::Hang {
        let _open = stream;
        return pending().await;
    }
    let service = service_fn(move |request| respond(Arc::clone(&shared), request));
    // Its errors are the faults that tests ask for.
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn respond(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let request = Request {
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: parts.headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
        status: 0,
    };
    let ticket = shared.recorder.arrived(request.clone());
    let fault = shared.world().fault_for(&request);
    let mut delivery = Delivery::default();
    let mut wanted = None;
    if let Some((id, fault)) = fault {
        match &fault.kind {
            Kind::Hang => return pending().await,
            Kind::Hold => held(&shared, id).await,
            Kind::Disconnect => return Err(io::Error::other("a test's fault")),
            Kind::Truncate(after) => delivery.truncate = Some(*after),
            Kind::Drip { piece, every } => delivery.drip = Some((*piece, *every)),
            Kind::Status(_) | Kind::Body(_) | Kind::Replace(_) | Kind::Nothing => {}
        }
        delivery.chunked = fault.chunked;
        wanted = Some(fault);
    }
    let later = answer(&shared.world(), &request, &shared.origin);
    let mut answer = off_thread(later).await?;
    if let Some(fault) = wanted {
        match fault.kind {
            Kind::Status(status) => {
                let status = StatusCode::from_u16(status).map_err(io::Error::other)?;
                answer = error(status, "a fault of the fake npm");
            }
            Kind::Body(change) => answer.body = change(answer.body),
            Kind::Replace(body) => {
                answer.body = body;
                answer.headers.remove(http::header::CONTENT_ENCODING);
            }
            _ => {}
        }
        answer.headers.extend(fault.headers);
    }
    ticket.answered(answer.status.as_u16());
    Ok(deliver(answer, delivery, ticket))
}

async fn held(shared: &Shared, id: u64) {
    let mut healed = shared.healed.subscribe();
    while shared.world().has_fault(id) {
        healed.changed().await.ok();
    }
}

fn off_thread(later: crate::answer::Later) -> impl Future<Output = io::Result<Answer>> {
    let task = tokio::task::spawn_blocking(later);
    async move { task.await.map_err(io::Error::other) }
}

#[derive(Debug, Default)]
struct Delivery {
    truncate: Option<usize>,
    drip: Option<(usize, Duration)>,
    chunked: bool,
}

/// The body as a stream, so that it can stop, pause and tell when it is over.
fn deliver(answer: Answer, delivery: Delivery, ticket: Ticket) -> Response<Body> {
    let length = answer.body.len();
    let end = delivery.truncate.map_or(length, |after| after.min(length));
    let (piece, every) = delivery.drip.unwrap_or((usize::MAX, Duration::ZERO));
    let broken = delivery.truncate.is_some();
    let state = (answer.body.slice(..end), broken, false, ticket);
    let pieces = stream::unfold(
        state,
        move |(mut left, broken, started, ticket)| async move {
            if left.is_empty() {
                // An error in the body makes hyper close the connection at once; a pause lets it send what it has.
                tokio::task::yield_now().await;
                let error = broken.then(|| Err(io::Error::other("a test's fault")));
                return error.map(|error| (error, (left, false, true, ticket)));
            }
            if started && !every.is_zero() {
                tokio::time::sleep(every).await;
            }
            let next = left.split_to(piece.min(left.len()));
            Some((Ok(Frame::data(next)), (left, broken, true, ticket)))
        },
    );
    let mut response = Response::new(StreamBody::new(pieces).boxed_unsync());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if !delivery.chunked && answer.status != StatusCode::NOT_MODIFIED {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
