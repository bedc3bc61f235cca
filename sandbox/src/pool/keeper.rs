//! The thread that starts workers. The kernel ends a worker when the *thread* that started it ends, not the process, so
//! it has to be one that lives as long as the pool: a thread of a caller may be gone in ten seconds.

use super::{Settings, Shared};
use std::io;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Where the new worker is sent.
type Order = SyncSender<io::Result<Child>>;

pub(super) struct Keeper {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(settings: Arc<Settings>, shared: Arc<Shared>) -> io::Result<Self> {
        let (orders, to_do) = mpsc::sync_channel(64);
        let thread = thread::Builder::new()
            .name("worker-keeper".into())
            .spawn(move || keep(&settings, &shared, &to_do))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    pub(super) fn spawn(&self) -> io::Result<Child> {
        let gone = || io::Error::other("the thread that starts workers has ended");
        let orders = self.orders.as_ref().ok_or_else(gone)?;
        let (give, take) = mpsc::sync_channel(1);
        orders.send(give).map_err(|_| gone())?;
        take.recv().map_err(|_| gone())?
    }

    pub(super) fn stop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep(settings: &Settings, shared: &Shared, to_do: &Receiver<Order>) {
    let idle = settings.limits.idle.max(Duration::from_millis(1));
    loop {
        match to_do.recv_timeout(idle) {
            Ok(order) => {
                let started = settings.command().spawn();
                if let Err(mpsc::SendError(Ok(mut orphan))) = order.send(started) {
                    let _ = orphan.kill();
                    let _ = orphan.wait();
                }
            }
            Err(RecvTimeoutError::Timeout) => shared.end_idle(idle),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
