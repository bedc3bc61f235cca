//! One worker as the parent sees it: from its start to its end, with what it used and why it ended.

use super::Answer;
use super::talk::{Line, Lost};
use crate::failure::{self, Cause, Failure};
use crate::frame::{self, Broken, Kind, Outgoing};
use crate::layers::{LayerReport, read_hello};
use crate::limits::Budget;
#[cfg(unix)]
use crate::sys::ProcessClock;
use std::io;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

pub(super) struct Process {
    child: Child,
    line: Line,
    usage: Usage,
    pub(super) layers: Vec<LayerReport>,
    /// Requests so far.
    pub(super) served: u32,
}

impl Process {
    pub(super) fn new(mut child: Child) -> io::Result<Self> {
        let usage = Usage::of(child.id());
        let line = match Line::to(&mut child) {
            Ok(line) => line,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        Ok(Self {
            child,
            line,
            usage,
            layers: Vec::new(),
            served: 0,
        })
    }

    /// Waits for the first frame, which says what the worker has given up.
    pub(super) fn greet(&mut self, budget: Budget) -> Result<(), Failure> {
        let hello = self.ask(Outgoing::nothing(), Kind::Hello, frame::SMALL, budget)?;
        self.served = 0;
        self.layers = read_hello(frame::VERSION, &hello.bytes).map_err(|what| {
            Failure::before_start(Cause::BrokenFrame {
                what: what.to_owned(),
            })
        })?;
        Ok(())
    }

    /// Whether it lives and has sent nothing that it was not asked for.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.line.is_quiet()
    }

    /// Sends, and waits for one frame of a kind. After a failure the worker is dead.
    pub(super) fn ask(
        &mut self,
        outgoing: Outgoing<'_>,
        expected: Kind,
        limit: u32,
        budget: Budget,
    ) -> Result<Answer, Failure> {
        self.served = self.served.saturating_add(1);
        let begin = Instant::now();
        let cpu_before = self.usage.cpu();
        let usage = &self.usage;
        let used = || Some(usage.cpu()?.saturating_sub(cpu_before?));
        let talk = self
            .line
            .talk(&mut self.child, outgoing, expected, limit, budget, &used);
        let (wall, cpu) = (begin.elapsed(), used());
        match talk {
            Ok(bytes) => Ok(Answer {
                bytes,
                wall,
                cpu,
                peak_memory: self.usage.peak_memory(),
            }),
            Err(lost) => {
                let end = self.end(matches!(lost, Lost::Ended));
                let printed = self.line.printed();
                Err(Failure {
                    cause: cause(lost, end, &printed, budget, limit),
                    last_note: self.line.last_note(),
                    printed,
                    wall,
                    cpu,
                })
            }
        }
    }

    /// Ends it, or only sees it end: `None` if it had to be killed.
    fn end(&mut self, by_itself: bool) -> Option<ExitStatus> {
        // A process closes its descriptors a moment before it can be waited for.
        let until = Instant::now() + Duration::from_millis(200);
        while by_itself && Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => thread::sleep(Duration::from_micros(200)),
                Err(_) => break,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both do nothing if it has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cause(lost: Lost, end: Option<ExitStatus>, printed: &str, budget: Budget, limit: u32) -> Cause {
    match (lost, end) {
        (Lost::Wall, _) => Cause::TimedOut { limit: budget.wall },
        (Lost::Cpu, _) => Cause::OutOfTime { limit: budget.cpu },
        (
            Lost::Broken(Broken::TooLong {
                kind: Kind::Answer,
                length,
            }),
            _,
        ) => Cause::AnswerTooLarge { length, limit },
        (Lost::Broken(Broken::TooLong { .. }), _) => broken("a frame that is too long"),
        (Lost::Broken(Broken::UnknownKind(kind)), _) => {
            broken(&format!("a frame of an unknown kind ({kind})"))
        }
        (Lost::Unexpected, _) => broken("a frame out of turn"),
        (Lost::Pipe(error), _) => broken(&format!("something unreadable: {error}")),
        (Lost::Ended, Some(status)) => {
            failure::cause_of_end(signal_of(status), status.code(), printed, budget.cpu)
        }
        (Lost::Ended, None) => broken("the end of its answers, and lives on"),
    }
}

fn broken(what: &str) -> Cause {
    Cause::BrokenFrame {
        what: what.to_owned(),
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}

/// What the system says that a process uses.
struct Usage {
    #[cfg(unix)]
    clock: Option<ProcessClock>,
    #[cfg(target_os = "linux")]
    status: Option<std::fs::File>,
}

impl Usage {
    #[cfg_attr(not(unix), expect(unused_variables, reason = "nothing is known there"))]
    fn of(process: u32) -> Self {
        Self {
            #[cfg(unix)]
            clock: ProcessClock::of(process),
            #[cfg(target_os = "linux")]
            status: std::fs::File::open(format!("/proc/{process}/status")).ok(),
        }
    }

    #[cfg(unix)]
    fn cpu(&self) -> Option<Duration> {
        self.clock?.read()
    }

    #[cfg(not(unix))]
    fn cpu(&self) -> Option<Duration> {
        None
    }

    /// The high-water mark of this very program; `getrusage` would count the parent's from before `exec`.
    #[cfg(target_os = "linux")]
    fn peak_memory(&self) -> Option<u64> {
        use std::os::unix::fs::FileExt;
        let mut bytes = [0; 4096];
        let count = self.status.as_ref()?.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(&bytes[..count]).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        kilobytes.checked_mul(1024)
    }

    #[cfg(not(target_os = "linux"))]
    fn peak_memory(&self) -> Option<u64> {
        None
    }
}
