//! What is kept in memory of a judged package: enough to gate its tarballs, and until when it holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use lazaret_npm::packument::{Packument, View};
use lazaret_npm::{Integrity, PackageName};
use lazaret_policy::Verdict;

/// The verdicts on all versions of a package, under one policy.
pub(crate) struct Listing {
    pub(crate) name: PackageName,
    /// The policy and advisories it was judged by.
    pub(crate) generation: u64,
    pub(crate) first_contact: Timestamp,
    pub(crate) judged: Vec<Judged>,
    by_version: HashMap<Box<str>, u32>,
    /// dist-tags after repair.
    pub(crate) tags: Vec<(String, String)>,
    /// Why versions are withheld, for clients; `None` when none is.
    pub(crate) message: Option<String>,
    /// Every version is withheld.
    pub(crate) nothing_left: bool,
    /// The next instant at which a verdict changes by itself; milliseconds.
    changes_at: i64,
    /// Until when the upstream need not be asked again; milliseconds.
    fresh_until: AtomicI64,
    /// The upstream could not be asked when it should have been.
    stale: AtomicBool,
    /// A newer document of the package has arrived.
    superseded: AtomicBool,
}

/// One version.
pub(crate) struct Judged {
    /// `None`: allowed, and nothing to say about it.
    pub(crate) verdict: Option<Arc<Verdict>>,
    /// The checksums that the document offers.
    pub(crate) offered: Option<Integrity>,
    /// `dist.tarball`, where it is not the canonical address at the upstream.
    pub(crate) tarball: Option<Box<str>>,
}

impl Judged {
    pub(crate) fn is_held(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.outcome.is_held())
    }
}

impl Listing {
    pub(crate) fn new(
        packument: &Packument,
        judged: Vec<Judged>,
        generation: u64,
        first_contact: Timestamp,
        message: Option<String>,
    ) -> Self {
        let changes_at = judged
            .iter()
            .filter_map(|judged| judged.verdict.as_ref()?.changes_at)
            .map(Timestamp::as_millisecond)
            .min()
            .unwrap_or(i64::MAX);
        let by_version = packument
            .entries()
            .iter()
            .zip(0..)
            .map(|(entry, index)| (entry.version().into(), index))
            .collect();
        let mut listing = Self {
            name: packument.name().clone(),
            generation,
            first_contact,
            judged,
            by_version,
            tags: Vec::new(),
            message,
            nothing_left: false,
            changes_at,
            fresh_until: AtomicI64::new(0),
            stale: AtomicBool::new(false),
            superseded: AtomicBool::new(false),
        };
        let view = listing.view(packument);
        let tags = view
            .tags()
            .map(|(tag, version)| (tag.to_owned(), version.to_owned()))
            .collect();
        let nothing_left = view.is_empty();
        drop(view);
        listing.tags = tags;
        listing.nothing_left = nothing_left;
        listing
    }

    /// The document that clients may see. `packument` is the one that was judged.
    pub(crate) fn view<'a>(&'a self, packument: &'a Packument) -> View<'a> {
        packument.without(
            |index| self.judged[index].is_held(),
            self.message.as_deref(),
        )
    }

    /// The verdict and more on one version, spelled exactly.
    pub(crate) fn version(&self, version: &str) -> Option<&Judged> {
        let index = *self.by_version.get(version)?;
        self.judged.get(index as usize)
    }

    /// Whether its verdicts still stand.
    pub(crate) fn holds(&self, generation: u64, now: Timestamp) -> bool {
        self.generation == generation
            && now.as_millisecond() < self.changes_at
            && !self.superseded.load(Ordering::Relaxed)
    }

    /// How long ago the upstream should have been asked again; zero or less while fresh. Milliseconds.
    pub(crate) fn overdue(&self, now: Timestamp) -> i64 {
        now.as_millisecond() - self.fresh_until.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    pub(crate) fn set_fresh(&self, until: Timestamp) {
        self.fresh_until
            .store(until.as_millisecond(), Ordering::Relaxed);
        self.stale.store(false, Ordering::Relaxed);
    }

    pub(crate) fn set_stale(&self, ask_again: Timestamp) {
        self.fresh_until
            .store(ask_again.as_millisecond(), Ordering::Relaxed);
        self.stale.store(true, Ordering::Relaxed);
    }

    pub(crate) fn supersede(&self) {
        self.superseded.store(true, Ordering::Relaxed);
    }

    /// Roughly the memory it takes, for the cache's bound.
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(200 + self.judged.len() * 240).unwrap_or(u32::MAX)
    }
}
