//! What is held, told to the store whenever a package is judged and something about it changed.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{HeldRow, Write};

use super::Listing;

/// Versions of one package that are written down; of a package that has more, the later ones in its document.
const MOST: usize = 500;

#[derive(Default)]
pub(crate) struct Queue(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Judged since the last write.
    judged: BTreeMap<PackageName, Arc<Listing>>,
    /// What was written of each package, as a hash.
    written: BTreeMap<PackageName, u64>,
}

impl Queue {
    /// Names of which the store holds rows from before this start: they are looked at when they are judged.
    pub(crate) fn knows(&self, names: Vec<PackageName>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .written
            .extend(names.into_iter().map(|name| (name, 0)));
    }

    /// Notes a judgement.
    pub(crate) fn judged(&self, listing: &Arc<Listing>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if listing.message.is_some() || inner.written.contains_key(&listing.name) {
            inner
                .judged
                .insert(listing.name.clone(), Arc::clone(listing));
        }
    }

    /// What has to be written of the packages judged since the last time.
    pub(crate) fn take(&self) -> Vec<Write> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        let mut writes = Vec::new();
        for (name, listing) in std::mem::take(&mut inner.judged) {
            let rows = rows(&listing, now);
            let hash = hash(&rows);
            if inner.written.insert(name.clone(), hash) != Some(hash) {
                if rows.is_empty() {
                    inner.written.remove(&name);
                }
                writes.push(Write::Held { name, rows });
            }
        }
        writes
    }
}

fn rows(listing: &Listing, now: Timestamp) -> Vec<HeldRow> {
    let mut rows: Vec<HeldRow> = listing
        .held()
        .filter_map(|(version, verdict)| {
            let reason = verdict.headline()?;
            Some(HeldRow {
                name: listing.name.clone(),
                version: version.to_owned(),
                outcome: verdict.outcome.as_str().to_owned(),
                rule: reason.rule.to_owned(),
                reason: printable_up_to(&reason.text, 600).into_owned(),
                until: verdict.outcome.until(),
                since: now,
            })
        })
        // What the store would refuse, it would refuse with everything else of the package.
        .filter(|row| row.version.len() <= 256 && !row.version.contains('\0'))
        .collect();
    rows.drain(..rows.len().saturating_sub(MOST));
    rows
}

fn hash(rows: &[HeldRow]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for row in rows {
        (
            &row.version,
            &row.outcome,
            &row.rule,
            &row.reason,
            row.until,
        )
            .hash(&mut hasher);
    }
    // 0 stands for what is not known.
    hasher.finish().max(1)
}
