//! What the fake npm was asked, in the order of arrival, and how much of it at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::watch;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query exactly as sent.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The status of the answer; 0 while there is none.
    pub status: u16,
}

impl Request {
    /// A header's value; `None` if absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the path is this one, `%2f` and `/` being the same; a query counts only if `path` has one.
    pub fn is_for(&self, path: &str) -> bool {
        let (given, wanted) = (plain(&self.path), plain(path));
        given == wanted || !wanted.contains('?') && given.split('?').next() == Some(wanted.as_str())
    }
}

/// Percent-decoded, so that the forms clients use for scoped names compare equal.
pub(crate) fn plain(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    /// How many requests were forgotten; tickets count from the first ever.
    forgotten: usize,
    flying: BTreeMap<String, Flying>,
    all: Flying,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flying {
    now: usize,
    most: usize,
}

impl Flying {
    fn add(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }
}

#[derive(Debug)]
pub(crate) struct Recorder {
    state: Mutex<State>,
    /// Moves on whenever something was recorded.
    changed: watch::Sender<u64>,
}

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    /// Notes the arrival; the ticket is kept until the last byte of the answer was handed over.
    pub(crate) fn arrived(self: &Arc<Self>, request: Request) -> Ticket {
        let path = plain(&request.path);
        let mut state = self.lock();
        state.all.add();
        state.flying.entry(path.clone()).or_default().add();
        state.requests.push(request);
        let index = state.forgotten + state.requests.len() - 1;
        drop(state);
        self.moved();
        Ticket {
            recorder: Arc::clone(self),
            index,
            path,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.forgotten += state.requests.len();
        state.requests.clear();
        state.all.most = state.all.now;
        for flying in state.flying.values_mut() {
            flying.most = flying.now;
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.lock().all.now
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.lock().all.most
    }

    pub(crate) fn most_in_flight_to(&self, path: &str) -> usize {
        self.lock()
            .flying
            .get(&plain(path))
            .map_or(0, |flying| flying.most)
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn moved(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in flight.
#[derive(Debug)]
pub(crate) struct Ticket {
    recorder: Arc<Recorder>,
    index: usize,
    path: String,
}

impl Ticket {
    pub(crate) fn answered(&self, status: u16) {
        let mut state = self.recorder.lock();
        let index = self.index.checked_sub(state.forgotten);
        if let Some(request) = index.and_then(|index| state.requests.get_mut(index)) {
            request.status = status;
        }
        drop(state);
        self.recorder.moved();
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.recorder.lock();
        state.all.now -= 1;
        if let Some(flying) = state.flying.get_mut(&self.path) {
            flying.now -= 1;
        }
        drop(state);
        self.recorder.moved();
    }
}
