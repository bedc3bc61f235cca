//! Descriptors: the two pipes move where nothing finds them by accident, and everything else is closed.

use crate::layers::{Layer, LayerReport};
use crate::worker::Pipes;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::fcntl_dupfd_cloexec;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Takes standard input and output away from whoever reads or prints by mistake: reading there finds the end of the
/// stream, printing goes to standard error, which the parent keeps the end of. With `close`, closes all other descriptors.
pub(super) fn take(close: bool) -> io::Result<(Pipes, LayerReport)> {
    let requests = fcntl_dupfd_cloexec(io::stdin(), 3)?;
    let answers = fcntl_dupfd_cloexec(io::stdout(), 3)?;
    let report = match close {
        true => close_others(requests.as_fd(), answers.as_fd()),
        false => LayerReport::missing(Layer::Descriptors, ""),
    };
    let (nothing, _) = rustix::pipe::pipe()?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    let pipes = Pipes {
        requests: Arc::new(File::from(requests)),
        answers: File::from(answers),
    };
    Ok((pipes, report))
}

#[cfg(target_os = "linux")]
fn close_others(requests: BorrowedFd<'_>, answers: BorrowedFd<'_>) -> LayerReport {
    use std::os::fd::AsRawFd;
    let number = |fd: BorrowedFd<'_>| fd.as_raw_fd().unsigned_abs();
    match crate::sys::close_all_but(number(requests), number(answers)) {
        Ok(()) => LayerReport::active(Layer::Descriptors, ""),
        Err(error) => LayerReport::partial(
            Layer::Descriptors,
            format!("only those that close themselves are closed: {error}"),
        ),
    }
}

#[cfg(not(target_os = "linux"))]
fn close_others(_requests: BorrowedFd<'_>, _answers: BorrowedFd<'_>) -> LayerReport {
    LayerReport::partial(
        Layer::Descriptors,
        "only those that close themselves are closed",
    )
}

impl Pipes {
    pub(in crate::worker) fn hangup(&self) -> Hangup {
        Hangup {
            requests: self.requests.clone(),
        }
    }
}

/// The end of the parent, noticed also while the handler is at work.
pub(in crate::worker) struct Hangup {
    requests: Arc<File>,
}

impl Hangup {
    /// Returns when the parent has closed its side.
    pub(in crate::worker) fn wait(self) {
        // No event is asked for, so only a hang-up wakes.
        let mut watched = [PollFd::new(&self.requests, PollFlags::empty())];
        while poll(&mut watched, None) == Err(rustix::io::Errno::INTR) {}
    }
}
