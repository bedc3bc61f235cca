//! When who is asked: spread over the interval, later after failures, and never more than the budget allows.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The first pause after the registry failed as a whole, and the longest.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// A package that fails by itself is asked at least this often.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// From this failure on it is told.
const TOLD_FROM: u32 = 3;

/// Requests of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    pub since: Timestamp,
    pub requests: u32,
}

/// The registry as a whole is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub until: Timestamp,
    pub since: Timestamp,
    pub failures: u32,
    pub why: String,
    /// Whether it was told.
    pub told: bool,
}

impl Spent {
    /// How many requests are left; a new interval begins when the last one is over.
    pub fn left(&mut self, budget: u32, interval: SignedDuration, now: Timestamp) -> u32 {
        // A clock that was put back begins anew as well.
        if now.duration_since(self.since) >= interval || now < self.since {
            *self = Self {
                since: now,
                requests: 0,
            };
        }
        budget.saturating_sub(self.requests)
    }
}

impl Pause {
    /// After one more failure. Never shorter than the registry asks for.
    pub fn after(
        before: Option<Self>,
        retry_after: Option<SignedDuration>,
        why: String,
        now: Timestamp,
    ) -> Self {
        let failures = before
            .as_ref()
            .map_or(1, |pause| pause.failures.saturating_add(1));
        let longer = 2_i32.saturating_pow(failures.min(16) - 1);
        let own = FIRST_PAUSE.saturating_mul(longer).min(LONGEST_PAUSE);
        let wait = retry_after.map_or(own, |asked| asked.max(own));
        Self {
            until: later(now, wait),
            since: before.as_ref().map_or(now, |pause| pause.since),
            failures,
            why,
            told: before.is_some_and(|pause| pause.told),
        }
    }

    /// The same, and not shorter than asked for.
    pub fn at_least(self, retry_after: Option<SignedDuration>, now: Timestamp) -> Self {
        let asked = retry_after.map_or(self.until, |asked| later(now, asked));
        Self {
            until: self.until.max(asked),
            ..self
        }
    }

    /// Whether it went on long enough to be told.
    pub fn is_worth_telling(&self) -> bool {
        self.failures >= TOLD_FROM && !self.told
    }
}

/// Where the `index`th of `count` packages has its turn in an interval that begins now.
pub fn spread(now: Timestamp, interval: SignedDuration, index: usize, count: usize) -> Timestamp {
    let count = i128::try_from(count.max(1)).unwrap_or(1);
    let index = i128::try_from(index).unwrap_or(0);
    let nanoseconds = interval.as_nanos().saturating_mul(index) / count;
    let wait = SignedDuration::try_from_nanos_i128(nanoseconds).unwrap_or(interval);
    later(now, wait)
}

/// The next turn: the same place in the next interval that begins after now.
pub fn next_turn(turn: Timestamp, interval: SignedDuration, now: Timestamp) -> Timestamp {
    let missed = now.duration_since(turn);
    if missed.is_negative() {
        // It was asked before its turn, which comes all the same.
        return turn.min(later(now, interval));
    }
    let whole = missed.as_nanos() / interval.as_nanos().max(1) + 1;
    let wait = interval.as_nanos().saturating_mul(whole);
    match SignedDuration::try_from_nanos_i128(wait) {
        Some(wait) => later(turn, wait),
        None => later(now, interval),
    }
}

/// The next turn of a package that failed so often in a row.
pub fn after_failures(failures: u32, interval: SignedDuration, now: Timestamp) -> Timestamp {
    let longer = 2_i32.saturating_pow(failures.min(16));
    later(
        now,
        interval
            .saturating_mul(longer)
            .min(LONGEST_WAIT.max(interval)),
    )
}

/// Never past the end of time.
pub fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
