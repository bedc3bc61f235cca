//! The mirror inspects what it serves: a version's bytes are read by a worker before anybody gets them, once for all who
//! ask, and what comes of it is a part of every verdict from then on.

mod ahead;
mod blocked;
mod brought;
mod look;
mod room;
pub(super) mod summary;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lazaret_inspector::{Inspector, VERSION};
use lazaret_policy::{Effect, Inspected, Look, Policy};
use lazaret_store::{Event, Inspection, InspectionChange, PackedReport, Severity, Write};

use super::packuments::broken_store;
use super::{Answer, Mirror, TarballKey};
use crate::problem::Problem;

pub(crate) use blocked::Blocked;
pub(crate) use brought::Brought;
use look::Looked;
pub(super) use room::Room;

/// Whether and how the mirror inspects.
#[derive(Clone, Default)]
pub enum Inspecting {
    /// It does not: what it served before it could.
    #[default]
    Off,
    On(InspectionSettings),
}

/// How the mirror inspects.
#[derive(Clone)]
pub struct InspectionSettings {
    /// The workers to ask.
    pub inspector: Arc<Inspector>,
    /// How many of them are asked at once for requests; the queue uses one more.
    pub workers: usize,
    /// Nothing is served before it was inspected; without, it is inspected soon after, and findings hold nobody up.
    pub enforce: bool,
    /// How long a request waits for an inspection. Clients give up after 30 seconds and more.
    pub hold: Duration,
}

impl fmt::Debug for Inspecting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => out.write_str("Off"),
            Self::On(settings) => out
                .debug_struct("On")
                .field("workers", &settings.workers)
                .field("enforce", &settings.enforce)
                .field("hold", &settings.hold)
                .finish_non_exhaustive(),
        }
    }
}

impl Inspecting {
    pub(crate) fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// The settings, if nothing is to be served before it was inspected.
    pub(super) fn enforced(&self) -> Option<&InspectionSettings> {
        match self {
            Self::On(settings) if settings.enforce => Some(settings),
            _ => None,
        }
    }

    /// The policy as far as it is in force here.
    pub(crate) fn in_force(&self, policy: Policy) -> Policy {
        match self {
            Self::Off => policy.behaviour_at_most(Effect::Off),
            Self::On(settings) if settings.enforce => policy,
            Self::On(_) => policy.behaviour_at_most(Effect::Note),
        }
    }
}

/// Who wants to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A request waits, at most until then.
    Request(Instant),
    /// The queue: what an older inspector saw is inspected again.
    Queue,
}

impl Mirror {
    /// What a version does, found out if it is not known: once for all who ask. An inspection goes on when those who
    /// wait for it leave.
    pub(crate) async fn inspected(
        self: &Arc<Self>,
        key: &TarballKey,
        asker: Asker,
    ) -> Answer<Inspected> {
        let start = || Arc::clone(self).inspect(key.clone(), asker);
        let inspection = self.inspections.join(key.clone(), start);
        let Asker::Request(until) = asker else {
            return inspection.await;
        };
        let _waiting = self.room.asked();
        match tokio::time::timeout_at(until.into(), inspection).await {
            Ok(answer) => answer,
            Err(_) => {
                tracing::warn!(name = %key.0, version = %key.1, "an inspection takes longer than requests wait for it");
                Err(Problem::still_inspecting(&format!("{}@{}", key.0, key.1)))
            }
        }
    }

    async fn inspect(self: Arc<Self>, key: TarballKey, asker: Asker) -> Answer<Inspected> {
        let (name, version) = &key;
        let again = asker == Asker::Queue;
        let Inspecting::On(settings) = &self.inspection else {
            return Err(Problem::internal());
        };
        let past = self.past(name).await?;
        let known = match past.is_inspected(version) {
            true => self.store.db.inspection(name, version).await,
            false => Ok(None),
        };
        let known = known.map_err(broken_store)?;
        if let Some(known) = &known
            && (!again || known.inspector_version == VERSION)
            && let Some(inspected) = summary::of(known)
        {
            // Somebody was quicker; the queue need not remember it.
            if again {
                self.unqueue(&key).await;
            }
            return Ok(Arc::new(inspected));
        }
        let started = Instant::now();
        let looked = self.look(&key, &past, settings, asker).await?;
        let took = started.elapsed();
        let inspected = self.keep(&key, looked).await?;
        self.metrics.inspected(inspected.outcome.as_str(), took);
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            %name, %version, outcome = inspected.outcome.as_str(), against = inspected.against, milliseconds, "inspected"
        );
        self.tell(&key, &inspected, known.as_ref()).await;
        if let Some(before) = &inspected.against {
            // Nobody waits for that.
            tokio::spawn(Arc::clone(&self).inspect_brought(key.clone(), before.clone()));
        }
        Ok(Arc::new(inspected))
    }

    /// Writes an inspection down, and has its package judged by it.
    async fn keep(&self, key: &TarballKey, looked: Looked) -> Result<Inspected, Problem> {
        let (name, version) = key;
        let Looked {
            inspected,
            sha512,
            against_sha512,
            score,
            report,
        } = looked;
        let packed = tokio::task::spawn_blocking(move || PackedReport::pack(&report)).await;
        let packed = packed.map_err(broken_store)?.map_err(broken_store)?;
        let inspection = Inspection {
            name: name.clone(),
            version: version.to_string(),
            sha512,
            against: inspected.against.clone(),
            against_sha512,
            outcome: inspected.outcome.as_str().to_owned(),
            summary: inspected.summary.clone(),
            score: u64::from(score),
            signals: serde_json::to_string(&inspected.signals).map_err(broken_store)?,
            inspected_at: Timestamp::now(),
            inspector_version: VERSION.to_owned(),
        };
        let done = InspectionChange::Done(Box::new(inspection.clone()), packed);
        // Nothing is served by an inspection that a crash would forget.
        self.store
            .write(vec![Write::Inspection(done)])
            .await
            .map_err(broken_store)?;
        self.blocked.note(&inspection);
        if inspected.outcome == Look::Block {
            self.rules_changed.notify_one();
        }
        let listing = self.listings.get(name);
        match listing
            .as_ref()
            .and_then(|listing| listing.version(version))
        {
            Some(judged) if inspected.is_quiet() && !judged.was_inspected() => {
                judged.set_inspected()
            }
            _ => {
                self.reconsider(name);
                self.approved.invalidate(key);
            }
        }
        Ok(inspected)
    }

    /// For the record: what a person may want to know at once.
    async fn tell(&self, key: &TarballKey, inspected: &Inspected, known: Option<&Inspection>) {
        let outcome = inspected.outcome;
        let before = known.and_then(|known| Look::parse(&known.outcome));
        let is_news = match before {
            Some(before) => before != outcome && before.max(outcome) >= Look::Quarantine,
            None => outcome >= Look::Quarantine,
        };
        if !is_news {
            return;
        }
        let severity = match outcome {
            Look::Block => Severity::Critical,
            Look::Quarantine => Severity::Warning,
            Look::Allow | Look::Note => Severity::Info,
        };
        let detail = serde_json::json!({
            "outcome": outcome.as_str(),
            "before": before.map(Look::as_str),
            "against": inspected.against,
            "summary": inspected.summary,
        });
        let event = Write::Event(Event {
            at: Timestamp::now(),
            kind: match before {
                Some(_) => "inspection-changed",
                None => "inspection",
            }
            .to_owned(),
            severity,
            name: Some(key.0.clone()),
            version: Some(key.1.to_string()),
            detail: detail.to_string(),
        });
        if let Err(error) = self.store.queue(vec![event]).await {
            tracing::error!(%error, "an event could not be recorded");
        }
    }

    async fn unqueue(&self, key: &TarballKey) {
        let dropped = InspectionChange::Dropped {
            name: key.0.clone(),
            version: key.1.to_string(),
        };
        if let Err(error) = self.store.queue(vec![Write::Inspection(dropped)]).await {
            tracing::error!(%error, "the queue of inspections could not be written");
        }
    }
}
