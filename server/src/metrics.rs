//! What `/-/metrics` tells, in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use lazaret_policy::Outcome;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::mirror::{Listing, Rulebook};

/// What a request asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Kind {
    Packument,
    Manifest,
    Tarball,
    DistTags,
    Search,
    Audit,
    Attestations,
    Keys,
    Write,
    Lazaret,
    Other,
}

const KINDS: [Kind; 11] = [
    Kind::Packument,
    Kind::Manifest,
    Kind::Tarball,
    Kind::DistTags,
    Kind::Search,
    Kind::Audit,
    Kind::Attestations,
    Kind::Keys,
    Kind::Write,
    Kind::Lazaret,
    Kind::Other,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    kind: Kind,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabel {
    rule: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    outcome: &'static str,
    rule: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    what: &'static str,
    ok: &'static str,
}

/// What is kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Cache {
    Documents,
    Tarballs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum LookUp {
    Hit,
    Miss,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    cache: Cache,
    result: LookUp,
}

/// Statuses counted without a look-up in a map; the rest go through the family.
const HOT: [u16; 2] = [200, 304];

pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    hot: [[Counter; 2]; KINDS.len()],
    refusals: Family<RuleLabel, Counter>,
    verdicts: Family<VerdictLabels, Counter>,
    upstream: Family<UpstreamLabels, Histogram>,
    inspections: Family<OutcomeLabel, Histogram>,
    waiting: Gauge,
    dead: Gauge,
    /// Hits and misses of each cache, counted without a look-up in a map.
    cache: [[Counter; 2]; 2],
    stale: Counter,
    integrity: Counter,
    store_bytes: Gauge,
    store_packages: Gauge,
    store_pins: Gauge,
    advisories: Gauge,
    generation: Gauge<u64, AtomicU64>,
}

fn seconds() -> Histogram {
    Histogram::new([0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0])
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("lazaret");
        let requests = Family::<RequestLabels, Counter>::default();
        let hot = KINDS.map(|kind| {
            HOT.map(|status| {
                requests
                    .get_or_create(&RequestLabels { kind, status })
                    .clone()
            })
        });
        let look_ups = Family::<CacheLabels, Counter>::default();
        registry.register(
            "cache",
            "Look-ups of rendered documents and tarballs in memory",
            look_ups.clone(),
        );
        let metrics = Self {
            requests,
            hot,
            refusals: Family::default(),
            verdicts: Family::default(),
            upstream: Family::new_with_constructor(seconds),
            inspections: Family::new_with_constructor(seconds),
            waiting: Gauge::default(),
            dead: Gauge::default(),
            cache: [Cache::Documents, Cache::Tarballs].map(|cache| {
                [LookUp::Hit, LookUp::Miss].map(|result| {
                    look_ups
                        .get_or_create(&CacheLabels { cache, result })
                        .clone()
                })
            }),
            stale: Counter::default(),
            integrity: Counter::default(),
            store_bytes: Gauge::default(),
            store_packages: Gauge::default(),
            store_pins: Gauge::default(),
            advisories: Gauge::default(),
            generation: Gauge::default(),
            registry: Registry::default(),
        };
        let r = &mut registry;
        r.register(
            "requests",
            "Requests by kind and status",
            metrics.requests.clone(),
        );
        r.register(
            "refusals",
            "Versions and packages refused, by rule",
            metrics.refusals.clone(),
        );
        r.register(
            "verdicts",
            "Verdicts given when documents were judged, by outcome and rule",
            metrics.verdicts.clone(),
        );
        r.register(
            "upstream_seconds",
            "Time until the upstream had answered in full",
            metrics.upstream.clone(),
        );
        r.register(
            "inspection_seconds",
            "Time until a version was inspected, its turn and downloads included, by what the report says",
            metrics.inspections.clone(),
        );
        r.register(
            "inspections_waiting",
            "Versions that wait to be inspected before anybody asks for them",
            metrics.waiting.clone(),
        );
        r.register(
            "inspections_dead",
            "Versions that could not be inspected and are not tried again by themselves",
            metrics.dead.clone(),
        );
        r.register(
            "stale",
            "Old documents kept because the upstream failed",
            metrics.stale.clone(),
        );
        r.register(
            "integrity_changes",
            "Known versions for which the upstream offered other bytes",
            metrics.integrity.clone(),
        );
        r.register(
            "store_bytes",
            "Bytes of all tarballs kept",
            metrics.store_bytes.clone(),
        );
        r.register(
            "store_packages",
            "Packages known",
            metrics.store_packages.clone(),
        );
        r.register(
            "store_pins",
            "Versions whose bytes are known",
            metrics.store_pins.clone(),
        );
        r.register(
            "advisories",
            "Advisories in force",
            metrics.advisories.clone(),
        );
        r.register(
            "rules_generation",
            "How often policy or advisories changed",
            metrics.generation.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    pub(crate) fn request(&self, kind: Kind, status: u16) {
        match HOT.iter().position(|hot| *hot == status) {
            Some(index) => self.hot[kind as usize][index].inc(),
            None => self
                .requests
                .get_or_create(&RequestLabels { kind, status })
                .inc(),
        };
    }

    pub(crate) fn refusal(&self, rule: &str) {
        let rule = rule.to_owned();
        self.refusals.get_or_create(&RuleLabel { rule }).inc();
    }

    pub(crate) fn judged(&self, listing: &Listing) {
        let mut allowed = 0;
        for judged in &listing.judged {
            match &judged.verdict {
                Some(verdict) => {
                    let rule = verdict.headline().map_or("none", |reason| reason.rule);
                    self.verdict(verdict.outcome.as_str(), rule, 1);
                }
                None => allowed += 1,
            }
        }
        self.verdict(Outcome::Allow.as_str(), "none", allowed);
    }

    fn verdict(&self, outcome: &'static str, rule: &'static str, count: u64) {
        self.verdicts
            .get_or_create(&VerdictLabels { outcome, rule })
            .inc_by(count);
    }

    pub(crate) fn upstream(&self, what: &'static str, took: Duration, ok: bool) {
        let ok = if ok { "true" } else { "false" };
        self.upstream
            .get_or_create(&UpstreamLabels { what, ok })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn inspected(&self, outcome: &'static str, took: Duration) {
        self.inspections
            .get_or_create(&OutcomeLabel { outcome })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn inspections_queued(&self, counts: lazaret_store::QueueCounts) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.waiting, counts.queued + counts.running);
        set(&self.dead, counts.dead);
    }

    pub(crate) fn look_up(&self, cache: Cache, hit: bool) {
        self.cache[cache as usize][usize::from(!hit)].inc();
    }

    pub(crate) fn stale(&self) {
        self.stale.inc();
    }

    pub(crate) fn integrity_change(&self) {
        self.integrity.inc();
    }

    pub(crate) fn rules(&self, rulebook: &Rulebook) {
        self.generation.set(rulebook.generation);
        let advisories = rulebook.advisories.counts().rows;
        self.advisories
            .set(i64::try_from(advisories).unwrap_or(i64::MAX));
    }

    pub(crate) fn store(&self, totals: lazaret_store::Totals) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.store_bytes, totals.bytes);
        set(&self.store_packages, totals.packages);
        set(&self.store_pins, totals.pins);
    }

    /// The exposition, ready to be sent.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
            let _ = writeln!(text, "# metrics could not be written");
        }
        text
    }
}
