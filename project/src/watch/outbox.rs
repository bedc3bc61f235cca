//! Letters and who has not got them yet. A letter is kept until all have it or it is given up, so that nothing is lost when the
//! program is killed; what was delivered and not noted comes twice, with the same id.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Watch;
use super::event::Event;
use super::schedule::later;

/// How often a message is tried, and the waits between: with ten seconds at first, over about a day.
const TRIES: u32 = 8;
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(10);
const LONGER: i32 = 5;
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// `terminal`, `mail`, `desktop`, `webhook:NAME`.
    pub name: String,
    /// Names of events; all of them without.
    pub events: Option<BTreeSet<String>>,
}

impl Sink {
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.events
            .as_ref()
            .is_none_or(|events| events.contains(kind))
    }
}

impl Watch {
    /// Messages whose turn it is, each with the one who is to get it; all that are owed if `all`.
    pub fn letters(&self, all: bool, now: Timestamp) -> Vec<(String, Event)> {
        let letters = self.state.letters.iter();
        let due = letters.flat_map(|letter| {
            let owed = letter
                .owed
                .iter()
                .filter(move |owed| all || owed.next_at <= now);
            owed.map(|owed| (owed.to.clone(), letter.message.clone()))
        });
        due.collect()
    }

    /// Somebody has got a message.
    pub fn delivered(&mut self, to: &str, id: &str) {
        for letter in &mut self.state.letters {
            if letter.message.id == id {
                letter.owed.retain(|owed| owed.to != to);
            }
        }
        self.state.letters.retain(|letter| !letter.owed.is_empty());
    }

    /// A message did not arrive. Gives whether it is tried again.
    pub fn failed(&mut self, to: &str, id: &str, now: Timestamp) -> bool {
        let mut is_given_up = false;
        for letter in &mut self.state.letters {
            if letter.message.id != id {
                continue;
            }
            for owed in letter.owed.iter_mut().filter(|owed| owed.to == to) {
                owed.tries += 1;
                is_given_up = owed.tries >= TRIES;
                let longer = LONGER.saturating_pow(owed.tries - 1);
                let wait = FIRST_WAIT.saturating_mul(longer).min(LONGEST);
                owed.next_at = later(now, wait);
            }
        }
        if is_given_up {
            self.state.quiet.undelivered += 1;
            self.delivered(to, id);
        }
        !is_given_up
    }
}
