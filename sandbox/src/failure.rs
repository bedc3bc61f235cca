//! How a request can end without an answer.

use std::fmt;
use std::time::Duration;

/// A request without an answer. It says nothing good of what was asked about: never read it as "clean".
#[derive(Debug, Clone, thiserror::Error)]
#[error("{cause}")]
pub struct Failure {
    pub cause: Cause,
    /// What the worker noted last ([`crate::worker::Worker::note`]).
    pub last_note: Option<Vec<u8>>,
    /// The end of what the worker printed, without control characters. Hostile input can have a say in it.
    pub printed: String,
    pub wall: Duration,
    /// Processor time of the request, where the system tells it.
    pub cpu: Option<Duration>,
}

impl Failure {
    pub(crate) fn before_start(cause: Cause) -> Self {
        Self {
            cause,
            last_note: None,
            printed: String::new(),
            wall: Duration::ZERO,
            cpu: None,
        }
    }
}

/// What ended a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A signal ended the worker. 9 comes from outside: somebody's kill, or the system that ran out of memory.
    Crashed {
        signal: i32,
    },
    /// The handler needed more stack than there is.
    StackOverflow,
    /// The handler asked for more memory than there is.
    OutOfMemory,
    /// The handler panicked.
    Panicked,
    /// A system call that computing does not need: the parser may have been taken over.
    Forbidden,
    Exited {
        code: i32,
    },
    /// By the clock.
    TimedOut {
        limit: Duration,
    },
    /// By the processor's clock.
    OutOfTime {
        limit: Duration,
    },
    RequestTooLarge {
        length: u64,
        limit: u32,
    },
    AnswerTooLarge {
        length: u32,
        limit: u32,
    },
    /// The worker does not keep to the protocol.
    BrokenFrame {
        what: String,
    },
    /// There is no worker to ask: a fault of the surroundings, not of the request.
    CannotStart {
        reason: String,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed { signal: 9 } => formatter.write_str(
                "the worker was killed from outside (the system may have run out of memory)",
            ),
            Self::Crashed { signal } => write!(formatter, "the worker died by signal {signal}"),
            Self::StackOverflow => formatter.write_str("the worker's stack overflowed"),
            Self::OutOfMemory => formatter.write_str("the worker ran out of memory"),
            Self::Panicked => formatter.write_str("the worker panicked"),
            Self::Forbidden => {
                formatter.write_str("the worker tried a system call that it has no right to")
            }
            Self::Exited { code } => write!(formatter, "the worker ended with code {code}"),
            Self::TimedOut { limit } => write!(formatter, "no answer within {limit:?}"),
            Self::OutOfTime { limit } => {
                write!(formatter, "no answer within {limit:?} of processor time")
            }
            Self::RequestTooLarge { length, limit } => {
                write!(formatter, "a request of {length} bytes (limit {limit})")
            }
            Self::AnswerTooLarge { length, limit } => {
                write!(formatter, "an answer of {length} bytes (limit {limit})")
            }
            Self::BrokenFrame { what } => write!(formatter, "the worker sent {what}"),
            Self::CannotStart { reason } => {
                write!(formatter, "no worker could be started: {reason}")
            }
        }
    }
}

/// What a worker's end means, from how it ended and what it printed before.
pub(crate) fn cause_of_end(
    signal: Option<i32>,
    code: Option<i32>,
    printed: &str,
    cpu_limit: Duration,
) -> Cause {
    const ABORT: i32 = 6;
    const PROCESSOR_TIME: i32 = 24;
    const FORBIDDEN: i32 = if cfg!(target_os = "linux") { 31 } else { 12 };
    match (signal, code) {
        (Some(ABORT), _) if printed.contains("has overflowed its stack") => Cause::StackOverflow,
        (Some(ABORT), _) if is_out_of_memory(printed) => Cause::OutOfMemory,
        (None, Some(crate::worker::PANICKED)) if is_out_of_memory(printed) => Cause::OutOfMemory,
        (None, Some(crate::worker::PANICKED)) => Cause::Panicked,
        // A limit from outside (`ulimit -t`): ours is watched by the parent.
        (Some(PROCESSOR_TIME), _) => Cause::OutOfTime { limit: cpu_limit },
        (Some(FORBIDDEN), _) => Cause::Forbidden,
        (Some(signal), _) => Cause::Crashed { signal },
        (None, code) => Cause::Exited {
            code: code.unwrap_or(-1),
        },
    }
}

/// The standard library's words when an allocation fails, and the arenas' (a panic).
fn is_out_of_memory(printed: &str) -> bool {
    printed.contains("memory allocation of ") || printed.contains("out of memory")
}

#[cfg(test)]
mod tests;
