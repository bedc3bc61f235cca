//! What was noticed while reading, bounded: a hostile archive can be irregular a million times.

use std::collections::BTreeMap;

use super::irregularity::{Irregularity, Kind};
use super::limits::{Incomplete, Limit};

/// Irregularities of one kind that are told one by one.
const TOLD: usize = 16;

#[derive(Default)]
pub(super) struct Notes {
    irregularities: Vec<Irregularity>,
    counts: BTreeMap<Kind, usize>,
    incomplete: Vec<Incomplete>,
}

impl Notes {
    /// Something about the archive as a whole.
    pub(super) fn archive(&mut self, kind: Kind, what: impl FnOnce() -> String) {
        self.add(kind, None, what);
    }

    /// Something about one path.
    pub(super) fn path(&mut self, kind: Kind, path: &str, what: impl FnOnce() -> String) {
        self.add(kind, Some(path), what);
    }

    pub(super) fn limit(&mut self, limit: Limit, what: impl FnOnce() -> String) {
        if !self.incomplete.iter().any(|told| told.limit == limit) {
            self.incomplete.push(Incomplete {
                limit,
                what: what(),
            });
        }
    }

    /// All that was noted, by kind and then as it came. A kind of which there is more says so in its last entry.
    pub(super) fn finish(mut self) -> (Vec<Irregularity>, Vec<Incomplete>) {
        self.irregularities.sort_by_key(|one| one.kind);
        for (kind, count) in self.counts {
            let last = self.irregularities.iter_mut().rfind(|one| one.kind == kind);
            if let Some(last) = last.filter(|_| count > TOLD) {
                last.what = format!("{} ({} more such)", last.what, count - TOLD);
            }
        }
        self.incomplete.sort_by_key(|one| one.limit);
        (self.irregularities, self.incomplete)
    }

    fn add(&mut self, kind: Kind, path: Option<&str>, what: impl FnOnce() -> String) {
        let count = self.counts.entry(kind).or_default();
        if *count < TOLD {
            let note = Irregularity {
                kind,
                what: what(),
                path: path.map(str::to_owned),
            };
            // Readings that differ elsewhere meet the same header again.
            if self.irregularities.contains(&note) {
                return;
            }
            self.irregularities.push(note);
        }
        *count += 1;
    }
}
