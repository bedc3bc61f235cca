//! Sending a request and waiting for its answer over three pipes, none of which ever blocks the parent.

use crate::frame::{self, Broken, Incoming, Kind, Outgoing};
use crate::limits::Budget;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use std::io::{self, ErrorKind, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

/// How much of what a worker prints is kept.
const KEPT: usize = 4096;

/// The parent's ends of a worker's pipes.
pub(super) struct Line {
    requests: ChildStdin,
    answers: ChildStdout,
    prints: Option<ChildStderr>,
    incoming: Incoming,
    last_note: Option<Vec<u8>>,
    printed: Vec<u8>,
}

/// Why no answer came.
#[derive(Debug)]
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
        let requests = child.stdin.take().ok_or_else(missing)?;
        let answers = child.stdout.take().ok_or_else(missing)?;
        let prints = child.stderr.take().ok_or_else(missing)?;
        ioctl_fionbio(&requests, true)?;
        ioctl_fionbio(&answers, true)?;
        ioctl_fionbio(&prints, true)?;
        // Tarballs in fewer turns. The usual 64 kB do where the system grants no more.
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&requests, 1 << 20);
        Ok(Self {
            requests,
            answers,
            prints: Some(prints),
            incoming: Incoming::new(),
            last_note: None,
            printed: Vec::new(),
        })
    }

    /// Whether the worker has its side open and has sent nothing since its last answer.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let read = self.answers.read(&mut byte);
        self.incoming.is_between_frames()
            && read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Sends what there is to send and waits for one frame of the kind; notes may come before. `used` is the processor
    /// time since the beginning.
    pub(super) fn talk(
        &mut self,
        _child: &mut Child,
        mut outgoing: Outgoing<'_>,
        expected: Kind,
        limit: u32,
        budget: Budget,
        used: &dyn Fn() -> Option<Duration>,
    ) -> Result<Vec<u8>, Lost> {
        let begin = Instant::now();
        let mut patience = Patience::new(budget);
        self.last_note = None;
        self.printed.clear();
        let mut can_send = true;
        loop {
            while can_send && !outgoing.is_sent() {
                match outgoing.push(&mut self.requests) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => can_send = false,
                    // It has gone; the other pipe says how. What was not sent stays unsent.
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                        outgoing = Outgoing::nothing();
                    }
                    Err(error) => return Err(Lost::Pipe(error)),
                }
                if begin.elapsed() >= budget.wall {
                    return Err(Lost::Wall);
                }
            }
            let ready = self.wait(!outgoing.is_sent(), patience.next(begin.elapsed(), used)?)?;
            can_send = ready.requests;
            if ready.prints {
                self.read_prints();
            }
            if ready.answers
                && let Some(answer) = self.read_answers(expected, limit)?
            {
                return match outgoing.is_sent() && self.incoming.is_between_frames() {
                    true => Ok(answer),
                    false => Err(Lost::Unexpected),
                };
            }
        }
    }

    fn wait(&self, sending: bool, at_most: Duration) -> Result<Ready, Lost> {
        let mut watched = Vec::with_capacity(3);
        watched.push(PollFd::new(&self.answers, PollFlags::IN));
        if let Some(prints) = &self.prints {
            watched.push(PollFd::new(prints, PollFlags::IN));
        }
        if sending {
            watched.push(PollFd::new(&self.requests, PollFlags::OUT));
        }
        let at_most = Timespec::try_from(at_most).map_err(|_| Lost::Wall)?;
        match poll(&mut watched, Some(&at_most)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Lost::Pipe(error.into())),
        }
        let mut happened = watched.iter().map(|fd| !fd.revents().is_empty());
        let mut next = |is_watched: bool| is_watched && happened.next().unwrap_or(false);
        Ok(Ready {
            answers: next(true),
            prints: next(self.prints.is_some()),
            requests: next(sending),
        })
    }

    /// Reads once, and takes the frames that are whole by then.
    fn read_answers(&mut self, expected: Kind, limit: u32) -> Result<Option<Vec<u8>>, Lost> {
        match self.incoming.fill(&mut self.answers) {
            Ok(0) => return Err(Lost::Ended),
            Ok(_) => {}
            Err(error) if is_for_later(&error) => return Ok(None),
            Err(error) => return Err(Lost::Pipe(error)),
        }
        let limit = |kind| match kind == expected {
            true => limit,
            false => frame::SMALL,
        };
        while let Some((kind, bytes)) = self.incoming.next(limit).map_err(Lost::Broken)? {
            match kind {
                Kind::Note => self.last_note = Some(bytes),
                kind if kind == expected => return Ok(Some(bytes)),
                _ => return Err(Lost::Unexpected),
            }
        }
        Ok(None)
    }

    /// Reads once; a worker that prints without end does not keep the parent from looking at the clock.
    fn read_prints(&mut self) -> usize {
        let Some(prints) = &mut self.prints else {
            return 0;
        };
        let mut bytes = [0; KEPT];
        match prints.read(&mut bytes) {
            Ok(0) => self.prints = None,
            Ok(count) => {
                self.printed.extend_from_slice(&bytes[..count]);
                let too_much = self.printed.len().saturating_sub(KEPT);
                self.printed.drain(..too_much);
                return count;
            }
            Err(error) if is_for_later(&error) => {}
            Err(_) => self.prints = None,
        }
        0
    }

    pub(super) fn last_note(&mut self) -> Option<Vec<u8>> {
        self.last_note.take()
    }

    /// The end of what the worker printed, once it is dead.
    pub(super) fn printed(&mut self) -> String {
        // A pipe holds 64 kB, so a dead worker has left no more turns than these.
        for _ in 0..(1 << 20) / KEPT {
            if self.read_prints() == 0 {
                break;
            }
        }
        String::from_utf8_lossy(&self.printed)
            .trim()
            .chars()
            .map(|letter| match letter {
                '\n' => ' ',
                letter if letter.is_control() => '\u{fffd}',
                letter => letter,
            })
            .collect()
    }
}

struct Ready {
    answers: bool,
    prints: bool,
    requests: bool,
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// When to look at the clocks next.
struct Patience {
    budget: Budget,
    look_at_cpu: Duration,
}

/// The processor's clock is not looked at more often than this.
const SHORTEST: Duration = Duration::from_millis(2);

impl Patience {
    fn new(budget: Budget) -> Self {
        Self {
            budget,
            look_at_cpu: budget.cpu,
        }
    }

    /// How long to wait at most, or what is used up. A worker computes on one thread, so what is left of its processor
    /// time cannot be used up in less time than that.
    fn next(
        &mut self,
        elapsed: Duration,
        used: &dyn Fn() -> Option<Duration>,
    ) -> Result<Duration, Lost> {
        let wall = self.budget.wall.saturating_sub(elapsed);
        if wall.is_zero() {
            return Err(Lost::Wall);
        }
        if elapsed >= self.look_at_cpu {
            match used() {
                Some(used) if used >= self.budget.cpu => return Err(Lost::Cpu),
                Some(used) => self.look_at_cpu = elapsed + (self.budget.cpu - used).max(SHORTEST),
                None => self.look_at_cpu = Duration::MAX,
            }
        }
        Ok(wall.min(self.look_at_cpu.saturating_sub(elapsed)))
    }
}
