//! How long a judgement stands.

use jiff::Timestamp;

/// The rules something was judged by, and until when they say the same of it.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    generation: u64,
    /// The next instant at which a verdict changes by itself; milliseconds.
    changes_at: i64,
}

impl Standing {
    pub(super) fn new(generation: u64, changes_at: Option<Timestamp>) -> Self {
        Self {
            generation,
            changes_at: changes_at.map_or(i64::MAX, Timestamp::as_millisecond),
        }
    }

    /// Whether it was judged by the rules of this generation.
    pub(super) fn is_by(self, generation: u64) -> bool {
        self.generation == generation
    }

    /// The same rules, with what they say of a part: it may change earlier or later.
    pub(super) fn until(self, changes_at: Option<Timestamp>) -> Self {
        Self::new(self.generation, changes_at)
    }

    /// Whether judging again now would say the same.
    pub(super) fn holds(self, generation: u64, now: Timestamp) -> bool {
        self.is_by(generation) && now.as_millisecond() < self.changes_at
    }
}
