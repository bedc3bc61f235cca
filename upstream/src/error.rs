//! What can go wrong upstream. Messages name the host, what happened and what to do; never a path, a token or a redirect's full URL.

use std::fmt;
use std::time::Duration;

/// Why an upstream gave no usable answer. Cheap to clone, so that all who wait for one request can get it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No connection, or it ended before an answer.
    #[error("{host} cannot be reached ({reason}): {}", remedy(.reason))]
    Unreachable { host: String, reason: String },
    /// A limit of time was reached.
    #[error("{host} was too slow: {phase} took more than {}: try again, or raise the upstream timeouts", seconds(*.after))]
    Timeout {
        host: String,
        phase: Phase,
        after: Duration,
    },
    /// The body ended early.
    #[error("{host} broke off after {received} bytes{}: try again", of(*.expected))]
    Truncated {
        host: String,
        received: u64,
        expected: Option<u64>,
    },
    /// The body is larger than allowed; nothing of it was kept.
    #[error(
        "{host} sent more than {limit} bytes: raise the upstream size limit if this is as it should be"
    )]
    TooLarge { host: String, limit: u64 },
    /// An answer that is neither what was asked for nor a plain no.
    #[error("{host} answered {code}{}", later(*.retry_after))]
    Status {
        host: String,
        code: u16,
        retry_after: Option<Duration>,
    },
    /// 429.
    #[error("{host} limits our requests{}", later(*.retry_after))]
    RateLimited {
        host: String,
        retry_after: Option<Duration>,
    },
    /// Not asked, because the last requests failed.
    #[error("{host} failed several times in a row and is left alone for {}", seconds(*.retry_in))]
    CircuitOpen { host: String, retry_in: Duration },
    /// A redirect that is not followed.
    #[error("{host} redirects to {target}, which is refused: {reason}")]
    BadRedirect {
        host: String,
        target: String,
        reason: String,
    },
    /// A body that cannot be decoded.
    #[error(
        "{host} sent a body that cannot be read ({reason}): a proxy may have changed it; nothing of it was kept"
    )]
    BadEncoding { host: String, reason: String },
    /// The caller's own writer failed.
    #[error("what {host} sent cannot be written: {reason}")]
    Write { host: String, reason: String },
    /// Settings that no request can be made with.
    #[error("{reason}")]
    Settings { reason: String },
}

/// What was being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Other requests to the same upstream.
    Queue,
    /// A connection.
    Connect,
    /// The head of the answer.
    Answer,
    /// The next piece of the body, or all of it.
    Body,
    /// A body that comes, but below the least rate.
    Rate,
}

impl UpstreamError {
    /// The status that upstream gave, if it gave one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(*code),
            Self::RateLimited { .. } => Some(429),
            _ => None,
        }
    }

    /// When asking again makes sense, as far as known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } | Self::RateLimited { retry_after, .. } => {
                *retry_after
            }
            Self::CircuitOpen { retry_in, .. } => Some(*retry_in),
            _ => None,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Truncated { .. }
            | Self::RateLimited { .. }
            | Self::CircuitOpen { .. } => true,
            Self::Status { code, .. } => *code >= 500,
            _ => false,
        }
    }

    /// Whether it may be tried again at once. Timeouts are not: who waits has waited enough.
    pub(crate) fn is_worth_a_retry(&self) -> bool {
        self.is_transient() && !matches!(self, Self::Timeout { .. } | Self::CircuitOpen { .. })
    }

    /// Whether it says that upstream is ill, rather than that it answers in a way we refuse.
    pub(crate) fn blames_upstream(&self) -> bool {
        match self {
            Self::Timeout { phase, .. } => *phase != Phase::Queue,
            Self::Unreachable { .. } | Self::Truncated { .. } => true,
            Self::Status { code, .. } => *code >= 500,
            _ => false,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Queue => "waiting for earlier requests",
            Self::Connect => "connecting",
            Self::Answer => "waiting for an answer",
            Self::Body => "waiting for the body",
            Self::Rate => "a trickling body",
        })
    }
}

fn remedy(reason: &str) -> &'static str {
    if reason.contains("certificate") {
        "name the CA that signs for it with `cafile`, if it is to be trusted"
    } else {
        "check the network, the upstream's address and HTTPS_PROXY"
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
        + " s"
}

fn of(expected: Option<u64>) -> String {
    expected.map_or_else(String::new, |expected| format!(" of {expected}"))
}

fn later(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(after) => format!(": try again in {}", seconds(after)),
        None => ": try again later".to_owned(),
    }
}
