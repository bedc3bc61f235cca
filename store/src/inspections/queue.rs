//! The queue of what is to be inspected: by priority, then by age; what fails waits, and in the end is dead.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use super::InspectionChange;
use crate::db::{Db, at, on};
use crate::writer::{Transaction, WriteError, execute};

/// A version in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedInspection {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// The higher goes first.
    pub priority: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// When its turn can be.
    pub not_before: Timestamp,
    /// What happened last.
    pub error: Option<String>,
}

impl QueuedInspection {
    /// A version that waits from now on.
    pub fn new(name: PackageName, version: &str, priority: i64, now: Timestamp) -> Self {
        Self {
            name,
            version: version.to_owned(),
            priority,
            attempts: 0,
            queued_at: now,
            not_before: now,
            error: None,
        }
    }
}

/// How long the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Those that wait.
    pub queued: u64,
    /// Those that are at work.
    pub running: u64,
    /// Those that were given up.
    pub dead: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
}

pub(super) async fn remove(
    transaction: &mut Transaction,
    name: &PackageName,
    version: &str,
) -> Result<(), WriteError> {
    execute!(
        transaction,
        "delete from inspection_queue where name = $1 and version = $2",
        name.as_str(),
        version,
    );
    Ok(())
}

pub(super) async fn apply(
    transaction: &mut Transaction,
    change: &InspectionChange,
) -> Result<(), WriteError> {
    match change {
        InspectionChange::Done(..) => {}
        InspectionChange::Queued(rows) => {
            for row in rows {
                execute!(
                    transaction,
                    "insert into inspection_queue
                         (name, version, priority, attempts, queued_at, not_before, state, error)
                     values ($1, $2, $3, $4, $5, $6, 'queued', $7)
                     on conflict (name, version) do update set priority =
                         case when excluded.priority > inspection_queue.priority
                              then excluded.priority else inspection_queue.priority end",
                    row.name.as_str(),
                    &row.version,
                    row.priority,
                    i64::from(row.attempts),
                    row.queued_at.as_millisecond(),
                    row.not_before.as_millisecond(),
                    row.error.as_deref(),
                );
            }
        }
        InspectionChange::Taken { name, version } => {
            let taken = execute!(
                transaction,
                "update inspection_queue set state = 'running', attempts = attempts + 1
                 where name = $1 and version = $2 and state = 'queued'",
                name.as_str(),
                version,
            );
            if taken == 0 {
                return Err(WriteError::Conflict(format!(
                    "{name}@{version} does not wait for an inspection"
                )));
            }
        }
        InspectionChange::Failed {
            name,
            version,
            error,
            again,
        } => {
            execute!(
                transaction,
                "update inspection_queue set state = $3, error = $4, not_before = coalesce($5, not_before)
                 where name = $1 and version = $2",
                name.as_str(),
                version,
                if again.is_some() { "queued" } else { "dead" },
                error,
                again.map(Timestamp::as_millisecond),
            );
        }
        InspectionChange::Dropped { name, version } => {
            remove(transaction, name, version).await?;
        }
        InspectionChange::Resumed { most } => {
            execute!(
                transaction,
                "update inspection_queue set
                     state = case when attempts >= $1 then 'dead' else 'queued' end,
                     error = case when attempts >= $1 then 'the server ended each time while inspecting it' else error end
                 where state = 'running'",
                i64::from(*most),
            );
        }
        InspectionChange::Revived { name, version, at } => {
            execute!(
                transaction,
                "update inspection_queue set state = 'queued', attempts = 0, not_before = $3
                 where name = $1 and version = $2 and state = 'dead'",
                name.as_str(),
                version,
                at.as_millisecond(),
            );
        }
        InspectionChange::Outdated { inspector, at } => {
            // Below everything that was never inspected.
            execute!(
                transaction,
                "insert into inspection_queue
                     (name, version, priority, attempts, queued_at, not_before, state, error)
                 select i.name, i.version,
                     case when coalesce(v.served_count, 0) > 999999 then -1
                          else coalesce(v.served_count, 0) - 1000000 end,
                     0, $2, $2, 'queued', null
                 from inspection i
                 left join package_version v on v.name = i.name and v.version = i.version
                 where i.inspector <> $1
                 on conflict (name, version) do nothing",
                inspector,
                at.as_millisecond(),
            );
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Row {
    name: String,
    version: String,
    priority: i64,
    attempts: i64,
    queued_at: i64,
    not_before: i64,
    error: Option<String>,
}

impl TryFrom<Row> for QueuedInspection {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            name: PackageName::parse(&row.name)?,
            version: row.version,
            priority: row.priority,
            attempts: row.attempts.try_into()?,
            queued_at: at(row.queued_at)?,
            not_before: at(row.not_before)?,
            error: row.error,
        })
    }
}

impl Db {
    /// The versions whose turn it is, the next one first.
    pub async fn inspections_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedInspection>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, priority, attempts, queued_at, not_before, error from inspection_queue
                 where state = 'queued' and not_before <= $1
                 order by priority desc, not_before, name, version limit $2",
            )
            .bind(now.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what is to be inspected")?);
        rows.into_iter().map(QueuedInspection::try_from).collect()
    }

    /// The first `limit` versions that wait, whether it is their turn or not, in the order of their turns.
    pub async fn inspections_waiting(&self, limit: u32) -> Result<Vec<QueuedInspection>> {
        self.inspections_due(Timestamp::MAX, limit).await
    }

    /// The first `limit` versions that were given up, by name. Asking for one of them tries once more.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<QueuedInspection>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, priority, attempts, queued_at, not_before, error from inspection_queue
                 where state = 'dead' order by name, version limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what could not be inspected")?);
        rows.into_iter().map(QueuedInspection::try_from).collect()
    }

    /// How long the queue is.
    pub async fn queue_state(&self) -> Result<QueueCounts> {
        let rows: Vec<(String, i64, Option<i64>)> = on!(self, pool => sqlx::query_as(
                "select state, count(*), min(queued_at) from inspection_queue group by state",
            )
            .fetch_all(pool)
            .await
            .context("cannot count what is to be inspected")?);
        let mut counts = QueueCounts::default();
        for (state, count, oldest) in rows {
            let count = count.try_into()?;
            match &*state {
                "queued" => {
                    counts.queued = count;
                    counts.oldest = oldest.map(at).transpose()?;
                }
                "running" => counts.running = count,
                _ => counts.dead = count,
            }
        }
        Ok(counts)
    }
}
