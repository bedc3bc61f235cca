//! The running fake npm: the handle tests hold, and the thread that listens.

use std::future::{Future, pending};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
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
use crate::world::{On, World};
use crate::{Fault, Fixed, Package, Release};

/// How long [`FakeNpm::wait_until`] waits before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running fake npm; it stops when dropped.
#[derive(Debug)]
pub struct FakeNpm {
    shared: Arc<Shared>,
    address: SocketAddr,
    orders: channel::UnboundedSender<(Order, mpsc::Sender<()>)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    world: Mutex<World>,
    recorder: Arc<Recorder>,
    /// Moves on when a fault is healed, for those who wait on a hold.
    healed: watch::Sender<u64>,
    connections: AtomicUsize,
    origin: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Online,
    Refuse,
    Hang,
    Stop,
}

impl FakeNpm {
    pub(crate) fn start(world: World) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("the port just bound");
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            recorder: Recorder::new(),
            healed: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            origin: format!("http://{address}"),
        });
        let (orders, received) = channel::unbounded_channel();
        let for_thread = Arc::clone(&shared);
        // A thread and a runtime of its own: tests without a runtime, and tests that stop tokio's clock, need a live registry too.
        let thread = std::thread::Builder::new()
            .name("fake-npm".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(listen(listener, address, for_thread, received));
                runtime.shutdown_background();
            })
            .expect("a thread");
        Self {
            shared,
            address,
            orders,
            thread: Some(thread),
        }
    }

    /// The registry's URL with a slash at its end, as `registry=` wants it.
    pub fn url(&self) -> String {
        format!("{}{}/", self.origin(), self.world().prefix)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `dist.integrity` of the described archive.
    ///
    /// # Panics
    /// When there is no such version.
    pub fn integrity(&self, name: &str, version: &str) -> String {
        let entry = self.world().entry(name);
        let entry = entry.unwrap_or_else(|| panic!("no package {name}"));
        let release = entry
            .package
            .release(version)
            .unwrap_or_else(|| panic!("no version {name}@{version}"));
        release.built().integrity.clone()
    }

    /// The bytes a download of this version gets.
    ///
    /// # Panics
    /// When there is no such version.
    pub fn tarball(&self, name: &str, version: &str) -> Bytes {
        let entry = self.world().entry(name);
        let entry = entry.unwrap_or_else(|| panic!("no package {name}"));
        entry
            .package
            .release(version)
            .unwrap_or_else(|| panic!("no version {name}@{version}"))
            .download()
    }

    /// Publishes a version; a new package if need be. `latest` follows unless it was set by hand.
    pub fn publish(&self, name: &str, version: &str, describe: impl FnOnce(Release) -> Release) {
        self.world()
            .change(name, |package| package.version(version, describe));
    }

    /// Describes a version anew: new files mean new bytes and a new integrity.
    pub fn edit(&self, name: &str, version: &str, change: impl FnOnce(Release) -> Release) {
        self.world().change(name, |mut package| {
            let at = package
                .releases
                .iter()
                .position(|release| release.version == version);
            let at = at.unwrap_or_else(|| panic!("no version {name}@{version}"));
            let changed = change(package.releases[at].clone());
            package.releases[at] = changed;
            package
        });
    }

    /// Changes a package's own fields and tags.
    pub fn edit_package(&self, name: &str, change: impl FnOnce(Package) -> Package) {
        self.world().change(name, change);
    }

    /// Downloads of this version get other bytes from now on; the packument stays.
    pub fn tamper(&self, name: &str, version: &str, bytes: impl Into<Bytes>) {
        self.edit(name, version, |release| release.served(bytes));
    }

    /// Removes a version.
    pub fn vanish(&self, name: &str, version: &str) {
        self.world().change(name, |mut package| {
            package
                .releases
                .retain(|release| release.version != version);
            package
        });
    }

    /// Removes a package.
    pub fn remove(&self, name: &str) {
        self.world().remove(name);
    }

    /// Points a dist-tag at a version.
    pub fn tag(&self, name: &str, tag: &str, version: &str) {
        self.world()
            .change(name, |package| package.tag(tag, version));
    }

    /// Serves a fixed body at a path.
    pub fn route(&self, path: &str, fixed: Fixed) {
        self.world().route(path, fixed);
    }

    /// Ends a fixed route.
    pub fn unroute(&self, path: &str) {
        self.world().unroute(path);
    }

    /// Lets requests of a path (as the registry's, without its prefix; with a query only if given) go wrong. The youngest fault wins.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.world().fault(On::Path(path.to_owned()), fault);
    }

    /// Lets requests that the closure picks go wrong.
    pub fn fault_when(&self, matches: impl Fn(&Request) -> bool + Send + 'static, fault: Fault) {
        self.world().fault(On::When(Box::new(matches)), fault);
    }

    /// Ends the faults of this path.
    pub fn heal(&self, path: &str) {
        self.world().heal(path);
        self.shared.healed.send_modify(|count| *count += 1);
    }

    /// Ends all faults.
    pub fn heal_all(&self) {
        self.world().heal_all();
        self.shared.healed.send_modify(|count| *count += 1);
    }

    /// Closes all connections and refuses new ones until [`FakeNpm::online`].
    pub fn offline(&self) {
        self.order(Order::Refuse);
    }

    /// Closes all connections, accepts new ones and never says a word until [`FakeNpm::online`].
    pub fn silent(&self) {
        self.order(Order::Hang);
    }

    /// Listens again, on the same port.
    pub fn online(&self) {
        self.order(Order::Online);
    }

    /// All requests so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.recorder.requests()
    }

    /// The requests of one path; `%2f` and `/` are the same, a query counts only if given.
    pub fn requests_to(&self, path: &str) -> Vec<Request> {
        let prefixed = format!("{}{path}", self.world().prefix);
        let mut requests = self.requests();
        requests.retain(|request| request.is_for(path) || request.is_for(&prefixed));
        requests
    }

    /// Forgets the requests so far, and what was in flight at most.
    pub fn forget(&self) {
        self.shared.recorder.forget();
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Requests being answered now.
    pub fn in_flight(&self) -> usize {
        self.shared.recorder.in_flight()
    }

    /// The most requests that were ever being answered at once.
    pub fn most_in_flight(&self) -> usize {
        self.shared.recorder.most_in_flight()
    }

    /// The same for one path, prefix included, without query.
    pub fn most_in_flight_to(&self, path: &str) -> usize {
        self.shared.recorder.most_in_flight_to(path)
    }

    /// Waits until the requests so far fulfil the condition; looks whenever a request arrives, is answered or ends.
    ///
    /// # Panics
    /// After 20 seconds.
    pub async fn wait_until(&self, condition: impl Fn(&[Request]) -> bool) {
        let mut changed = self.shared.recorder.watch();
        let waiting = async {
            while !condition(&self.requests()) {
                // The sender lives as long as `self`.
                changed.changed().await.ok();
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!(
                "waited in vain; the fake npm was asked: {:#?}",
                self.requests()
            );
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// Returns once the thread has obeyed.
    fn order(&self, order: Order) {
        let (done, wait) = mpsc::channel();
        if self.orders.send((order, done)).is_ok() {
            wait.recv().ok();
        }
    }
}

impl Drop for FakeNpm {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(
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
