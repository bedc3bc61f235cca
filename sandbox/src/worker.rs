//! The child's side: give up rights, then answer requests until the parent hangs up.

#[cfg(unix)]
mod lockdown;
#[cfg(not(unix))]
#[path = "worker/lockdown_elsewhere.rs"]
mod lockdown;

use crate::frame::{self, Kind};
use crate::layers;
use crate::limits::{Limits, Terms, VARIABLE};
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a worker ends with when its handler panics: the standard library's own code for a panic.
pub(crate) const PANICKED: i32 = 101;

/// What a worker ends with when its parent does not keep to the protocol, or sends it nothing it can start with.
const MISUSED: i32 = 64;

/// A way to tell the parent something before the answer.
pub struct Worker {
    answers: File,
}

impl Worker {
    /// Leaves a note, cut to 4,096 bytes. The parent keeps the last one and puts it into the [`crate::Failure`] if no
    /// answer comes: say what is looked at next, and it can name what killed the parser. A note costs two or three
    /// microseconds here, and wakes the parent.
    pub fn note(&self, note: &[u8]) {
        let cut = note.len().min(frame::SMALL as usize);
        // A parent that cannot be written to has gone, and the worker with it.
        let _ = frame::write(&mut &self.answers, Kind::Note, &note[..cut]);
    }
}

/// Gives up rights, then answers each request of the parent by `handler`, on a thread with the stack that the parent's
/// [`Limits`] name. The first thing that the program does, if it was called as a worker: before it starts threads, opens
/// files or reads a configuration.
///
/// The handler computes and returns: it cannot open, connect, start a thread or a process; trying kills it. It may note
/// what it is at. A panic ends the worker, too, and is told from other ends.
pub fn serve(handler: impl FnMut(&[u8], &Worker) -> Vec<u8> + Send + 'static) -> ! {
    let terms = match std::env::var(VARIABLE) {
        Ok(text) => Terms::read(&text),
        Err(_) => Some(Terms::new(&Limits::default(), &[])),
    };
    let Some(terms) = terms else { end(MISUSED) };
    match start(handler, &terms) {
        Ok(never) => match never {},
        Err(_) => end(MISUSED),
    }
}

fn start(
    handler: impl FnMut(&[u8], &Worker) -> Vec<u8> + Send + 'static,
    terms: &Terms,
) -> io::Result<Infallible> {
    let mut lockdown = lockdown::Lockdown::begin(terms)?;

    // The thread is there before the last layers, which forbid to make one.
    let (hand_over, pipes) = mpsc::sync_channel(1);
    let (ready, is_ready) = mpsc::sync_channel(1);
    let request_limit = terms.request;
    let answering = move || {
        let _ = ready.send(());
        answer_requests(handler, &pipes, request_limit)
    };
    lockdown.stack_is(spawn_with_stack(terms.stack, answering)?);
    let _ = is_ready.recv();

    let (mut pipes, reports) = lockdown.finish(terms)?;
    let hello = layers::hello(frame::VERSION, &reports);
    frame::write(&mut pipes.answers, Kind::Hello, &hello)?;
    let hangup = pipes.hangup();
    let _ = hand_over.send(pipes);
    hangup.wait();
    end(0)
}

/// Starts the thread with the stack that is asked for, or the half, or a quarter, ... where the system grants no more.
/// Returns how much it is.
fn spawn_with_stack(wanted: u64, answering: impl FnOnce() + Send + 'static) -> io::Result<u64> {
    // A thread that cannot start takes its closure with it, so the work waits outside.
    let work = Arc::new(Mutex::new(Some(answering)));
    let mut size = wanted.max(1 << 20);
    loop {
        let work = work.clone();
        let run = move || {
            let work = work.lock().ok().and_then(|mut work| work.take());
            if let Some(answering) = work {
                answering();
            }
        };
        let stack = usize::try_from(size).unwrap_or(usize::MAX);
        let started = thread::Builder::new()
            .name("answers".into())
            .stack_size(stack)
            .spawn(run);
        match started {
            Ok(_) => return Ok(size),
            Err(_) if size > 8 << 20 => size /= 2,
            Err(error) => return Err(error),
        }
    }
}

/// Never returns: giving the pipes back would already take a system call that the worker has no right to.
fn answer_requests(
    mut handler: impl FnMut(&[u8], &Worker) -> Vec<u8>,
    pipes: &Receiver<Pipes>,
    limit: u32,
) -> ! {
    let Ok(Pipes { requests, answers }) = pipes.recv() else {
        end(MISUSED)
    };
    let worker = Worker { answers };
    loop {
        let request = match frame::read_request(&mut &*requests, limit) {
            Ok(Some(request)) => request,
            Ok(None) => end(0),
            Err(_) => end(MISUSED),
        };
        let answer = catch_unwind(AssertUnwindSafe(|| handler(&request, &worker)));
        drop(request);
        let Ok(answer) = answer else { end(PANICKED) };
        if frame::write(&mut &worker.answers, Kind::Answer, &answer).is_err() {
            end(0)
        }
    }
}

/// The two pipes to the parent, where no print or read by mistake reaches them.
struct Pipes {
    requests: Arc<File>,
    answers: File,
}

#[expect(
    clippy::exit,
    reason = "a worker has nothing to clean up, and two threads of which either may be the last"
)]
fn end(code: i32) -> ! {
    std::process::exit(code)
}
