//! Which versions were handed out, counted without a write on the way of the request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_store::Write;

use super::{Approved, Mirror};

/// Tarballs handed out since the counts were last written.
#[derive(Default)]
pub(crate) struct Served {
    waiting: Mutex<Vec<Arc<Approved>>>,
}

/// Downloads of one tarball that are not written yet.
#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Served {
    /// Counts one download.
    pub(crate) fn record(&self, approved: &Arc<Approved>) {
        if approved.downloads.0.fetch_add(1, Ordering::Relaxed) == 0 {
            self.waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::clone(approved));
        }
    }

    /// What has to be written; the counts start again.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Write> {
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting
            .into_iter()
            .map(|approved| Write::Served {
                name: approved.name.clone(),
                version: approved.version.to_string(),
                at: now,
                count: approved.downloads.0.swap(0, Ordering::Relaxed),
            })
            .collect()
    }
}

impl Mirror {
    /// Packages of which a version comes into use with these downloads while others are held and advisories are known:
    /// one of those others may now be a fix that need not wait.
    pub(crate) async fn newly_in_use(&self, writes: &[Write]) -> Vec<PackageName> {
        let mut packages = Vec::new();
        for write in writes {
            let Write::Served { name, version, .. } = write else {
                continue;
            };
            let holds_some = self
                .listings
                .get(name)
                .is_some_and(|listing| listing.message.is_some());
            if holds_some
                && self.rulebook.load().advisories.names(name)
                && let Ok(past) = self.past(name).await
                && !past.is_served(version)
            {
                packages.push(name.clone());
            }
        }
        packages
    }

    /// Has a package judged again when it is asked for next.
    pub(crate) fn reconsider(&self, name: &PackageName) {
        if let Some(listing) = self.listings.remove(name) {
            listing.supersede();
        }
    }
}
