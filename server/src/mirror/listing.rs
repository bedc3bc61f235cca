//! What is kept in memory of a judged package: enough to gate its tarballs, and until when it holds.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use lazaret_npm::packument::{Packument, View};
use lazaret_npm::{Integrity, PackageName};
use lazaret_policy::Verdict;

use super::standing::Standing;
use crate::problem::Problem;

/// The verdicts on all versions of a package, under one policy.
pub(crate) struct Listing {
    pub(crate) name: PackageName,
    pub(crate) first_contact: Timestamp,
    pub(crate) judged: Vec<Judged>,
    /// Versions and checksums of all of `judged`, one after the other: a package can have thousands.
    text: String,
    /// Indices into `judged`, ordered by version as text.
    by_version: Vec<u32>,
    /// dist-tags after repair.
    pub(crate) tags: Vec<(String, String)>,
    /// Why versions are withheld, for clients; `None` when none is.
    pub(crate) message: Option<String>,
    /// Every version is withheld.
    pub(crate) nothing_left: bool,
    pub(super) standing: Standing,
    /// Until when the upstream need not be asked again; milliseconds.
    fresh_until: AtomicI64,
    /// The upstream could not be asked when it should have been.
    stale: AtomicBool,
    /// A newer document of the package has arrived.
    superseded: AtomicBool,
    /// A task is asking the upstream.
    confirming: AtomicBool,
}

/// One version.
pub(crate) struct Judged {
    /// `None`: allowed, and nothing to say about it.
    pub(crate) verdict: Option<Arc<Verdict>>,
    /// `dist.tarball`, where it is not the canonical address at the upstream.
    pub(crate) tarball: Option<Box<str>>,
    /// Not old enough for findings to be notes; see the rule `behaviour`.
    pub(crate) is_young: bool,
    /// Its behaviour is known, and in the verdict if there is anything to say about it.
    inspected: AtomicBool,
    text: Place,
}

/// Where a version and its checksums are in [`Listing::text`]: a start and three lengths.
#[derive(Clone, Copy, Default)]
struct Place {
    start: u32,
    version: u16,
    integrity: u16,
    shasum: u16,
}

/// Longest checksum kept. A longer one cannot be parsed either, and is kept as [`UNREADABLE`].
const CHECKSUM: usize = 4096;
const UNREADABLE: &str = "unreadable";

impl Judged {
    pub(crate) fn new(
        verdict: Option<Arc<Verdict>>,
        tarball: Option<Box<str>>,
        is_young: bool,
        inspected: bool,
    ) -> Self {
        Self {
            verdict,
            tarball,
            is_young,
            inspected: AtomicBool::new(inspected),
            text: Place::default(),
        }
    }

    pub(crate) fn was_inspected(&self) -> bool {
        self.inspected.load(Ordering::Relaxed)
    }

    /// To be called when nothing is to be said about its behaviour, so that the verdict stays.
    pub(super) fn set_inspected(&self) {
        self.inspected.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_held(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.outcome.is_held())
    }
}

impl Listing {
    pub(crate) fn new(
        packument: &Packument,
        mut judged: Vec<Judged>,
        generation: u64,
        first_contact: Timestamp,
        message: Option<String>,
    ) -> Self {
        let changes_at = judged
            .iter()
            .filter_map(|judged| judged.verdict.as_ref()?.changes_at)
            .min();
        let text = note(packument, &mut judged);
        let mut listing = Self {
            name: packument.name().clone(),
            standing: Standing::new(generation, changes_at),
            first_contact,
            judged,
            text,
            by_version: packument.by_version().to_vec(),
            tags: Vec::new(),
            message,
            nothing_left: false,
            fresh_until: AtomicI64::new(0),
            stale: AtomicBool::new(false),
            superseded: AtomicBool::new(false),
            confirming: AtomicBool::new(false),
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

    /// Whether these are the verdicts on the versions of this very document, place by place.
    pub(crate) fn is_of(&self, packument: &Packument) -> bool {
        let versions = packument.entries().iter().map(|entry| entry.version());
        self.judged
            .iter()
            .map(|judged| self.part(judged.text, 0))
            .eq(versions)
    }

    /// The verdict and more on one version, spelled exactly.
    pub(crate) fn version(&self, version: &str) -> Option<&Judged> {
        let of = |index: &u32| self.part(self.judged[*index as usize].text, 0);
        let place = self
            .by_version
            .binary_search_by(|index| of(index).cmp(version))
            .ok()?;
        self.judged.get(self.by_version[place] as usize)
    }

    /// The held versions in the order of the document, spelled as there.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&str, &Verdict)> {
        let held = self.judged.iter().filter(|judged| judged.is_held());
        held.filter_map(|judged| Some((self.part(judged.text, 0), judged.verdict.as_deref()?)))
    }

    /// The checksums that the document offers of a version.
    pub(crate) fn offered(&self, judged: &Judged) -> Option<Integrity> {
        let part = |which| Some(self.part(judged.text, which)).filter(|text| !text.is_empty());
        Integrity::of_dist(part(1), part(2))
    }

    /// Of a version's text: the version itself (0), its integrity (1), its shasum (2).
    fn part(&self, place: Place, which: usize) -> &str {
        let lengths = [place.version, place.integrity, place.shasum].map(usize::from);
        let start = place.start as usize + lengths[..which].iter().sum::<usize>();
        &self.text[start..start + lengths[which]]
    }

    /// Whether its verdicts still stand.
    pub(crate) fn holds(&self, generation: u64, now: Timestamp) -> bool {
        self.standing.holds(generation, now) && !self.superseded.load(Ordering::Relaxed)
    }

    /// How long ago the upstream should have been asked again; zero or less while fresh. Milliseconds.
    pub(crate) fn overdue(&self, now: Timestamp) -> i64 {
        now.as_millisecond() - self.fresh_until.load(Ordering::Relaxed)
    }

    /// What is told of a version that it does not list.
    pub(crate) fn no_version(&self, version: &str) -> Problem {
        match self.is_stale() {
            true => Problem::perhaps_no_version(&self.name, version),
            false => Problem::no_version(&self.name, version),
        }
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

    /// True for the one caller who is to ask the upstream, until [`Self::ends_confirming`].
    pub(super) fn begins_confirming(&self) -> bool {
        !self.confirming.swap(true, Ordering::Relaxed)
    }

    pub(super) fn ends_confirming(&self) {
        self.confirming.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Relaxed)
    }

    pub(crate) fn supersede(&self) {
        self.superseded.store(true, Ordering::Relaxed);
    }

    /// Roughly the memory it takes, for the cache's bound.
    pub(crate) fn weight(&self) -> u32 {
        let each = size_of::<Judged>() + size_of::<u32>();
        u32::try_from(300 + self.judged.len() * each + self.text.len()).unwrap_or(u32::MAX)
    }
}

/// Writes down the version and checksums of every entry, and tells each where they are.
fn note(packument: &Packument, judged: &mut [Judged]) -> String {
    let mut text = String::new();
    for (entry, judged) in packument.entries().iter().zip(judged) {
        let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut add = |part: &str| {
            text.push_str(part);
            u16::try_from(part.len()).unwrap_or(0)
        };
        let (integrity, shasum) = packument.checksums(entry);
        judged.text = Place {
            start,
            version: add(entry.version()),
            integrity: add(&checksum(integrity)),
            shasum: add(&checksum(shasum)),
        };
    }
    text.shrink_to_fit();
    text
}

fn checksum(sum: Option<Cow<'_, str>>) -> Cow<'_, str> {
    match sum {
        Some(sum) if sum.is_empty() || sum.len() > CHECKSUM => UNREADABLE.into(),
        Some(sum) => sum,
        None => "".into(),
    }
}
