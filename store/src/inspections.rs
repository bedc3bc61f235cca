//! What inspections found, by version; the reports in full, by content; and the queue of what is to be inspected.

mod queue;

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::db::{Db, at, on};
use crate::document;
use crate::writer::{Transaction, WriteError, execute};

pub use queue::{QueueCounts, QueuedInspection};

/// Longest summary and longest list of signals kept, in bytes; what makes them cuts them far below.
const SUMMARY: usize = 4 << 10;
const SIGNALS: usize = 256 << 10;
/// Largest report kept, before compression: a worker's answer has at most that.
const REPORT: usize = 80 << 20;

/// The inspection of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// The bytes that were inspected.
    pub sha512: String,
    /// The version that it was compared with; `None` if it was judged by itself.
    pub against: Option<String>,
    /// The bytes of that version.
    pub against_sha512: Option<String>,
    /// `allow`, `note`, `quarantine` or `block`: what the report says, before any policy.
    pub outcome: String,
    /// The weightiest reason, in one line; not escaped.
    pub summary: String,
    /// The sum of what was found, as in the report.
    pub score: u64,
    /// What rules of the policy look at, as JSON.
    pub signals: String,
    /// When.
    pub inspected_at: Timestamp,
    /// What made the report.
    pub inspector_version: String,
}

/// An inspection's report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedReport {
    /// Compressed JSON; see [`PackedReport::json`].
    pub bytes: Vec<u8>,
    /// Bytes of the JSON.
    pub len: u64,
}

impl PackedReport {
    /// Compresses the JSON of a report. Over a megabyte, call it on a blocking thread.
    pub fn pack(json: &[u8]) -> Result<Self> {
        anyhow::ensure!(
            json.len() <= REPORT,
            "a report of {} bytes is not kept",
            json.len()
        );
        Ok(Self {
            bytes: zstd::bulk::compress(json, 3).context("cannot compress a report")?,
            len: json.len() as u64,
        })
    }

    /// The JSON: the members of the inspector's report or change.
    pub fn json(&self) -> Result<Vec<u8>> {
        document::unpack(&self.bytes, self.len)
    }
}

/// A change of what is inspected or to be inspected.
#[derive(Clone, Debug)]
pub enum InspectionChange {
    /// An inspection came to an end: it is in force from now on, and its version leaves the queue.
    Done(Box<Inspection>, PackedReport),
    /// To be inspected. What is queued already keeps the higher priority; what is dead stays dead.
    Queued(Vec<QueuedInspection>),
    /// Somebody is at work on it; [`WriteError::Conflict`] if it is not waiting any more.
    Taken {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
    },
    /// It could not be inspected; not for what it is, but for what happened.
    Failed {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// What happened.
        error: String,
        /// When to try again; `None`: not by itself.
        again: Option<Timestamp>,
    },
    /// It need not be inspected any more: the version is gone.
    Dropped {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
    },
    /// A server starts: what another was at work on when it died waits again. What was tried `most` times is dead: it may
    /// be what killed the server.
    Resumed {
        /// The most tries.
        most: u32,
    },
    /// A person puts a dead one back.
    Revived {
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// From when on.
        at: Timestamp,
    },
    /// Everything that was inspected by something else than this inspector is queued, what is served most first.
    Outdated {
        /// The inspector of today.
        inspector: String,
        /// When.
        at: Timestamp,
    },
}

pub(crate) fn check(change: &InspectionChange) -> Result<(), WriteError> {
    use crate::writer::{address, short, text};
    match change {
        InspectionChange::Done(inspection, _) => {
            short(&inspection.version)?;
            address(&inspection.sha512)?;
            if let Some(against) = &inspection.against {
                short(against)?;
            }
            if let Some(sha512) = &inspection.against_sha512 {
                address(sha512)?;
            }
            text("a summary", Some(&inspection.summary), SUMMARY)?;
            text("signals", Some(&inspection.signals), SIGNALS)
        }
        InspectionChange::Queued(rows) => rows.iter().try_for_each(|row| short(&row.version)),
        InspectionChange::Failed { version, error, .. } => {
            short(version)?;
            text("an error", Some(error), SUMMARY)
        }
        InspectionChange::Taken { version, .. }
        | InspectionChange::Dropped { version, .. }
        | InspectionChange::Revived { version, .. } => short(version),
        InspectionChange::Resumed { .. } | InspectionChange::Outdated { .. } => Ok(()),
    }
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &InspectionChange,
) -> Result<(), WriteError> {
    match change {
        InspectionChange::Done(inspection, report) => {
            done(transaction, inspection, report).await?;
            queue::remove(transaction, &inspection.name, &inspection.version).await
        }
        change => queue::apply(transaction, change).await,
    }
}

async fn done(
    transaction: &mut Transaction,
    inspection: &Inspection,
    report: &PackedReport,
) -> Result<(), WriteError> {
    let against = inspection.against_sha512.as_deref().unwrap_or_default();
    execute!(
        transaction,
        "insert into inspection_report (sha512, against_sha512, inspector, report_len, report)
         values ($1, $2, $3, $4, $5)
         on conflict (sha512, against_sha512, inspector) do update set
             report_len = excluded.report_len, report = excluded.report",
        &inspection.sha512,
        against,
        &inspection.inspector_version,
        i64::try_from(report.len).unwrap_or(i64::MAX),
        &*report.bytes,
    );
    execute!(
        transaction,
        "insert into inspection (name, version, sha512, against, against_sha512, inspector, outcome, summary, score,
             signals, inspected_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (name, version) do update set
             sha512 = excluded.sha512, against = excluded.against, against_sha512 = excluded.against_sha512,
             inspector = excluded.inspector, outcome = excluded.outcome, summary = excluded.summary,
             score = excluded.score, signals = excluded.signals, inspected_at = excluded.inspected_at",
        inspection.name.as_str(),
        &inspection.version,
        &inspection.sha512,
        inspection.against.as_deref(),
        against,
        &inspection.inspector_version,
        &inspection.outcome,
        &inspection.summary,
        i64::try_from(inspection.score).unwrap_or(i64::MAX),
        &inspection.signals,
        inspection.inspected_at.as_millisecond(),
    );
    Ok(())
}

#[derive(FromRow)]
struct Row {
    name: String,
    version: String,
    sha512: String,
    against: Option<String>,
    against_sha512: String,
    inspector: String,
    outcome: String,
    summary: String,
    score: i64,
    signals: String,
    inspected_at: i64,
}

impl TryFrom<Row> for Inspection {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            name: PackageName::parse(&row.name)?,
            version: row.version,
            sha512: row.sha512,
            against: row.against,
            against_sha512: Some(row.against_sha512).filter(|sha512| !sha512.is_empty()),
            outcome: row.outcome,
            summary: row.summary,
            score: row.score.try_into()?,
            signals: row.signals,
            inspected_at: at(row.inspected_at)?,
            inspector_version: row.inspector,
        })
    }
}

impl Db {
    /// The inspection of a version that is in force.
    pub async fn inspection(
        &self,
        name: &PackageName,
        version: &str,
    ) -> Result<Option<Inspection>> {
        let row: Option<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, sha512, against, against_sha512, inspector, outcome, summary, score, signals,
                     inspected_at
                 from inspection where name = $1 and version = $2",
            )
            .bind(name.as_str())
            .bind(version)
            .fetch_optional(pool)
            .await
            .with_context(|| format!("cannot read the inspection of {name}"))?);
        row.map(Inspection::try_from).transpose()
    }

    /// The inspections of all versions of a package, in no order.
    pub async fn inspections_of(&self, name: &PackageName) -> Result<Vec<Inspection>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, sha512, against, against_sha512, inspector, outcome, summary, score, signals,
                     inspected_at
                 from inspection where name = $1",
            )
            .bind(name.as_str())
            .fetch_all(pool)
            .await
            .with_context(|| format!("cannot read the inspections of {name}"))?);
        rows.into_iter().map(Inspection::try_from).collect()
    }

    /// At most `limit` inspections that found what attacks do, the latest first.
    pub async fn blocked_inspections(&self, limit: u32) -> Result<Vec<Inspection>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, sha512, against, against_sha512, inspector, outcome, summary, score, signals,
                     inspected_at
                 from inspection where outcome = 'block' order by inspected_at desc, name, version limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what inspections found")?);
        rows.into_iter().map(Inspection::try_from).collect()
    }

    /// The report in full of an inspection; `None` if only the inspection is left of it.
    pub async fn inspection_report(&self, inspection: &Inspection) -> Result<Option<PackedReport>> {
        let row: Option<(i64, Vec<u8>)> = on!(self, pool => sqlx::query_as(
                "select report_len, report from inspection_report
                 where sha512 = $1 and against_sha512 = $2 and inspector = $3",
            )
            .bind(&inspection.sha512)
            .bind(inspection.against_sha512.as_deref().unwrap_or_default())
            .bind(&inspection.inspector_version)
            .fetch_optional(pool)
            .await
            .with_context(|| format!("cannot read a report on {}", inspection.name))?);
        row.map(|(len, bytes)| {
            Ok(PackedReport {
                bytes,
                len: len.try_into()?,
            })
        })
        .transpose()
    }
}
