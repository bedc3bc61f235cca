//! The handle of a running fake npm: what tests change, break and count.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc as channel;

use crate::record::Request;
use crate::server::{Order, Shared, listen};
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

impl FakeNpm {
    pub(crate) fn start(world: World) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("the port just bound");
        let shared = Shared::new(world, format!("http://{address}"));
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
