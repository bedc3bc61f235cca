//! From header to header. Where clients read a header differently, every reading is followed: a canonical archive has
//! one, so the walk costs nothing there, and a crafted one gives the union of what it hides.

mod entry;
mod extension;
mod pending;

use std::collections::HashSet;
use std::rc::Rc;

use bytes::Bytes;

use super::gzip::Layer;
use super::header::{BLOCK, Checksum, Header};
use super::irregularity::Kind;
use super::is_zero;
use super::limits::{Limit, Limits};
use super::notes::Notes;
use pending::Pending;

/// Bytes of headers that may be read, for each byte of the archive, before the readings of it are too many.
const WORK: usize = 4;

/// And for the smallest archive.
const LEAST_WORK: usize = 16 << 20;

/// Findings for each entry that the limits allow: other names, other contents of one entry.
const READINGS: usize = 4;

/// What the walk met.
#[derive(Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    /// First parts of names, in the order of the archive, each once.
    pub(super) roots: Vec<String>,
    /// Blocks that are headers.
    pub(super) headers: usize,
}

/// One entry in one reading.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) path: String,
    pub(super) what: What,
    pub(super) executable: bool,
    pub(super) disputed: bool,
    /// Which layer of compression it is in.
    pub(super) layer: usize,
    pub(super) offset: usize,
}

#[derive(Clone)]
pub(super) enum What {
    File(Bytes),
    Folder,
    /// Names what else is meant, as the archive has it.
    Link {
        target: Vec<u8>,
        is_symbolic: bool,
    },
}

/// A place that some client reads as a header, and what it remembers from those before.
struct State {
    at: usize,
    pending: Rc<Pending>,
    /// All clients come here, with this in mind.
    agreed: bool,
}

struct Walk<'a> {
    layer: usize,
    data: &'a Bytes,
    member_ends: &'a [usize],
    limits: &'a Limits,
    notes: &'a mut Notes,
    found: &'a mut Found,
    states: Vec<State>,
    /// Places that were reached by other than the common way.
    visited: HashSet<(usize, Rc<Pending>)>,
    /// Items that other readings gave already.
    emitted: HashSet<(usize, usize, String)>,
    work: usize,
    entries: usize,
    /// Bytes of sparse files that were filled.
    filled: usize,
}

/// Every entry of every layer in every reading.
pub(super) fn found(layers: &[Layer], limits: &Limits, notes: &mut Notes) -> Found {
    let mut found = Found::default();
    for (index, layer) in layers.iter().enumerate() {
        let mut walk = Walk {
            layer: index,
            data: &layer.data,
            member_ends: &layer.member_ends,
            limits,
            notes,
            found: &mut found,
            states: Vec::new(),
            visited: HashSet::new(),
            emitted: HashSet::new(),
            work: 0,
            entries: 0,
            filled: 0,
        };
        // Members may each be an archive; the concatenation is what most clients read.
        for start in layer.member_ends.iter().rev() {
            walk.push(*start, &Rc::default(), false);
        }
        walk.states.push(State {
            at: 0,
            pending: Rc::default(),
            agreed: layer.agreed && layers.len() == 1,
        });
        walk.run();
    }
    found
}

impl Walk<'_> {
    fn run(&mut self) {
        let most_work = LEAST_WORK.max(WORK * self.data.len());
        while let Some(state) = self.states.pop() {
            if !state.agreed && !self.visited.insert((state.at, Rc::clone(&state.pending))) {
                continue;
            }
            self.work += BLOCK;
            if self.work > most_work {
                self.notes.limit(Limit::Readings, || {
                    "its headers can be read in more ways than were followed".to_owned()
                });
                return;
            }
            if self.entries > self.limits.entries
                || self.found.items.len() > READINGS * self.limits.entries
            {
                let limit = self.limits.entries;
                self.notes.limit(Limit::Entries, || {
                    format!("it has more than {limit} entries")
                });
                return;
            }
            self.step(state);
        }
    }

    fn push(&mut self, at: usize, pending: &Rc<Pending>, agreed: bool) {
        self.states.push(State {
            at,
            pending: Rc::clone(pending),
            agreed,
        });
    }

    fn step(&mut self, state: State) {
        let data = self.data;
        let at = state.at;
        let Some(header) = Header::at(data, at) else {
            self.end_without_zeros(&state);
            return;
        };
        if header.is_zero() {
            self.zeros(&state);
            return;
        }
        let checksum = header.checksum();
        if checksum != Checksum::Right {
            // In a reading that only some clients have, what is no header may well be content.
            if state.agreed {
                self.notes.archive(Kind::BadChecksum, || {
                    format!(
                        "the header at byte {at} has a wrong checksum: npm skips it, others stop there"
                    )
                });
            }
            // Whoever does not take it for a header looks at the next block.
            self.push(at + BLOCK, &state.pending, false);
        }
        if checksum != Checksum::Wrong {
            self.found.headers += 1;
            let agreed = state.agreed && checksum == Checksum::Right;
            self.header(&header, &State { agreed, ..state });
        }
    }

    /// What lies at the end of the data, if it did not end as archives do.
    fn end_without_zeros(&mut self, state: &State) {
        if !state.agreed {
            return;
        }
        if state.pending.headers > 0 {
            self.stray(state.at);
        }
        let rest = self.data.get(state.at..).unwrap_or_default();
        if !is_zero(rest) {
            self.notes.archive(Kind::Truncated, || {
                format!("it ends within the header at byte {}", state.at)
            });
        } else {
            self.notes.archive(Kind::MissingEnd, || {
                "it does not end with two blocks of zeros".to_owned()
            });
        }
    }

    /// A block of zeros: two of them end an archive, for npm and some others; everybody should find nothing behind.
    fn zeros(&mut self, state: &State) {
        if state.pending.headers > 0 && state.agreed {
            self.stray(state.at);
        }
        let rest = &self.data[state.at..];
        let blocks = rest.chunks(BLOCK).position(|block| !is_zero(block));
        let Some(blocks) = blocks else {
            if rest.len() < 2 * BLOCK && state.agreed {
                self.notes.archive(Kind::MissingEnd, || {
                    "it ends with one block of zeros instead of two".to_owned()
                });
            }
            return;
        };
        let next = state.at + blocks * BLOCK;
        let (kind, what) = match blocks {
            1 => (
                Kind::SingleZeroBlock,
                "there is a single block of zeros, where some clients stop",
            ),
            _ => (
                Kind::DataAfterEnd,
                "there is data behind its end, which some clients read",
            ),
        };
        self.notes
            .archive(kind, || format!("{what}: at byte {}", state.at));
        self.push(next, &state.pending, false);
    }

    fn header(&mut self, header: &Header<'_>, state: &State) {
        let at = state.at;
        let mut agreed = state.agreed;
        let mut sizes = match header.size() {
            Ok(size) => vec![size],
            Err(readings) => {
                self.notes.archive(Kind::OddNumber, || {
                    format!("the size in the header at byte {at} is written in a way that clients read differently")
                });
                agreed = false;
                readings
            }
        };
        if header.has_odd_numbers() {
            self.notes.archive(Kind::OddNumber, || {
                format!(
                    "the header at byte {at} has numbers for which some clients skip or refuse it"
                )
            });
            agreed = false;
            self.push(at + BLOCK, &state.pending, false);
        }
        if header.is_odd() {
            self.notes.archive(Kind::HeaderFormat, || {
                format!("the header at byte {at} is neither of ustar nor of the older form")
            });
        }
        if header.is_nameless() {
            self.notes.archive(Kind::EmptyName, || {
                format!("the header at byte {at} begins with a NUL, where pnpm stops")
            });
            agreed = false;
        }
        for size in state.pending.sizes() {
            if !sizes.contains(&size) {
                self.notes.archive(Kind::PaxSize, || {
                    let own = sizes[0];
                    format!("an extended header says {size} bytes where the header at byte {at} says {own}")
                });
                sizes.push(size);
            }
        }
        if let Some(below) = header.negative_size().or(state.pending.negative_size) {
            // yarn 1 takes what came of the archive until then, but for so many bytes.
            let rest = (self.data.len() - at - BLOCK) as u64;
            sizes.push(rest.saturating_sub(below));
            self.notes.limit(Limit::Readings, || {
                format!("by its negative size the entry at byte {at} is as long as what a client received at once")
            });
        }
        agreed &= sizes.len() == 1;
        let state = State {
            at,
            pending: Rc::clone(&state.pending),
            agreed,
        };
        match header.entry_type() {
            b'x' | b'X' | b'g' | b'L' | b'N' | b'K' => self.extension(header, &sizes, &state),
            _ => self.entry(header, &sizes, &state),
        }
    }

    /// Where the content of a header ends and where the next header is.
    fn extent(&mut self, at: usize, size: u64) -> (usize, usize) {
        let start = at + BLOCK;
        let size = usize::try_from(size)
            .unwrap_or(usize::MAX / 4)
            .min(usize::MAX / 4);
        let end = start + size;
        if end > self.data.len() {
            self.notes.archive(Kind::Truncated, || {
                format!("the entry at byte {at} says {size} bytes, more than there are")
            });
            return (self.data.len(), self.data.len());
        }
        (end, start + size.next_multiple_of(BLOCK))
    }
}
