//! Sending a request and waiting for its answer where pipes cannot be waited for with a limit: a second thread watches
//! the clock and kills.

use crate::frame::{self, Broken, Incoming, Kind, Outgoing};
use crate::limits::Budget;
use std::io::{self, ErrorKind};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The parent's ends of a worker's pipes.
pub(super) struct Line {
    requests: ChildStdin,
    answers: ChildStdout,
    incoming: Incoming,
    last_note: Option<Vec<u8>>,
}

/// Why no answer came.
#[derive(Debug)]
#[expect(dead_code, reason = "processor time is not known here")]
pub(super) enum Lost {
    Wall,
    Cpu,
    /// The worker closed its side; mostly because it died.
    Ended,
    Broken(Broken),
    /// A frame of a kind that has no place here.
    Unexpected,
    Pipe(io::Error),
}

impl Line {
    pub(super) fn to(child: &mut Child) -> io::Result<Self> {
        let missing = || io::Error::from(ErrorKind::NotConnected);
        Ok(Self {
            requests: child.stdin.take().ok_or_else(missing)?,
            answers: child.stdout.take().ok_or_else(missing)?,
            incoming: Incoming::new(),
            last_note: None,
        })
    }

    /// Whether the worker has sent nothing since its last answer, as far as it was read.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.incoming.is_between_frames()
    }

    /// Sends what there is to send and waits for one frame of the kind; notes may come before.
    pub(super) fn talk(
        &mut self,
        child: &mut Child,
        outgoing: Outgoing<'_>,
        expected: Kind,
        limit: u32,
        budget: Budget,
        _used: &dyn Fn() -> Option<Duration>,
    ) -> Result<Vec<u8>, Lost> {
        self.last_note = None;
        let (done, is_done) = mpsc::sync_channel::<()>(1);
        thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let late = is_done.recv_timeout(budget.wall) == Err(RecvTimeoutError::Timeout);
                if late {
                    let _ = child.kill();
                }
                late
            });
            let talk = self.talk_unwatched(outgoing, expected, limit);
            drop(done);
            match watch.join() {
                Ok(false) => talk,
                _ => Err(Lost::Wall),
            }
        })
    }

    fn talk_unwatched(
        &mut self,
        mut outgoing: Outgoing<'_>,
        expected: Kind,
        limit: u32,
    ) -> Result<Vec<u8>, Lost> {
        while !outgoing.is_sent() {
            match outgoing.push(&mut self.requests) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
                Err(error) => return Err(Lost::Pipe(error)),
            }
        }
        let limit = |kind| match kind == expected {
            true => limit,
            false => frame::SMALL,
        };
        loop {
            match self.incoming.fill(&mut self.answers) {
                Ok(0) => return Err(Lost::Ended),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(Lost::Ended),
                Err(error) => return Err(Lost::Pipe(error)),
            }
            while let Some((kind, bytes)) = self.incoming.next(limit).map_err(Lost::Broken)? {
                match kind {
                    Kind::Note => self.last_note = Some(bytes),
                    kind if kind == expected => {
                        return match self.incoming.is_between_frames() {
                            true => Ok(bytes),
                            false => Err(Lost::Unexpected),
                        };
                    }
                    _ => return Err(Lost::Unexpected),
                }
            }
        }
    }

    pub(super) fn last_note(&mut self) -> Option<Vec<u8>> {
        self.last_note.take()
    }

    /// What a worker prints is not kept here.
    pub(super) fn printed(&mut self) -> String {
        String::new()
    }
}
