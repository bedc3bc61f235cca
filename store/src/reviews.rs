//! What people decided. A decision is withdrawn by its author or an admin, and stays to be read.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::db::{Db, at, maybe, on};
use crate::writer::{Transaction, WriteError, execute};

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewSubject {
    /// One version with its bytes.
    Version {
        /// As the packument spells it.
        version: String,
        /// The bytes that were looked at, in hex.
        sha512: String,
    },
    /// All versions of the package in a range, also those to come.
    Range(String),
}

/// Which way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Serve it.
    Approve {
        /// Even where a rule blocks: a waiver.
        lifts_block: bool,
    },
    /// Do not serve it.
    Reject,
}

impl ReviewDecision {
    /// `approve` or `reject`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Reject => "reject",
        }
    }
}

/// One person's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// How it is called.
    pub id: String,
    /// The package.
    pub name: PackageName,
    /// Which of it.
    pub subject: ReviewSubject,
    /// Which way.
    pub decision: ReviewDecision,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// Until when it counts.
    pub expires_at: Option<Timestamp>,
    /// That it does not count any more.
    pub withdrawn: Option<Withdrawal>,
}

/// Who took a decision back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
}

/// A change to decisions.
#[derive(Clone, Debug)]
pub enum ReviewChange {
    /// A new one.
    Made(ReviewRow),
    /// One that is taken back; a conflict if it was before.
    Withdrawn {
        /// Which.
        id: String,
        /// By whom.
        withdrawal: Withdrawal,
    },
}

/// Which decisions to list.
#[derive(Clone, Debug, Default)]
pub struct ReviewFilter {
    /// Only of this package.
    pub name: Option<PackageName>,
    /// Only those that count at this moment.
    pub in_force: Option<Timestamp>,
    /// Only those made before.
    pub before: Option<Timestamp>,
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &ReviewChange,
) -> Result<(), WriteError> {
    match change {
        ReviewChange::Made(row) => {
            let (version, sha512, range) = match &row.subject {
                ReviewSubject::Version { version, sha512 } => {
                    (Some(version.as_str()), Some(sha512.as_str()), None)
                }
                ReviewSubject::Range(range) => (None, None, Some(range.as_str())),
            };
            let lifts_block = row.decision == ReviewDecision::Approve { lifts_block: true };
            execute!(
                transaction,
                "insert into review
                     (id, name, version, sha512, semver_range, decision, lifts_block, reason, person, at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                &row.id,
                row.name.as_str(),
                version,
                sha512,
                range,
                row.decision.as_str(),
                lifts_block,
                &row.reason,
                &row.person,
                row.at.as_millisecond(),
                row.expires_at.map(|at| at.as_millisecond()),
            );
            Ok(())
        }
        ReviewChange::Withdrawn { id, withdrawal } => {
            let ended = execute!(
                transaction,
                "update review set withdrawn_at = $2, withdrawn_by = $3, withdrawn_reason = $4
                 where id = $1 and withdrawn_at is null",
                id,
                withdrawal.at.as_millisecond(),
                &withdrawal.person,
                &withdrawal.reason,
            );
            match ended {
                0 => Err(WriteError::Conflict(format!(
                    "there is no review {id}, or it was withdrawn before"
                ))),
                _ => Ok(()),
            }
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    version: Option<String>,
    sha512: Option<String>,
    semver_range: Option<String>,
    decision: String,
    lifts_block: bool,
    reason: String,
    person: String,
    at: i64,
    expires_at: Option<i64>,
    withdrawn_at: Option<i64>,
    withdrawn_by: Option<String>,
    withdrawn_reason: Option<String>,
}

impl TryFrom<Row> for ReviewRow {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        let subject = match (row.version, row.sha512, row.semver_range) {
            (Some(version), Some(sha512), None) => ReviewSubject::Version { version, sha512 },
            (None, None, Some(range)) => ReviewSubject::Range(range),
            _ => bail!("review {} is about nothing", row.id),
        };
        let decision = match row.decision.as_str() {
            "approve" => ReviewDecision::Approve {
                lifts_block: row.lifts_block,
            },
            "reject" => ReviewDecision::Reject,
            other => bail!("review {} decides {other:?}", row.id),
        };
        let withdrawn = maybe(row.withdrawn_at)?.map(|at| Withdrawal {
            at,
            person: row.withdrawn_by.unwrap_or_default(),
            reason: row.withdrawn_reason.unwrap_or_default(),
        });
        Ok(Self {
            id: row.id,
            name: PackageName::parse(&row.name)?,
            subject,
            decision,
            reason: row.reason,
            person: row.person,
            at: at(row.at)?,
            expires_at: maybe(row.expires_at)?,
            withdrawn,
        })
    }
}

impl Db {
    /// One decision.
    pub async fn review(&self, id: &str) -> Result<Option<ReviewRow>> {
        let row: Option<Row> = on!(self, pool => sqlx::query_as(
                "select id, name, version, sha512, semver_range, decision, lifts_block, reason, person, at,
                     expires_at, withdrawn_at, withdrawn_by, withdrawn_reason
                 from review where id = $1",
            )
            .bind(id)
            .fetch_optional(pool)
            .await
            .context("cannot read a review")?);
        row.map(ReviewRow::try_from).transpose()
    }

    /// At most `limit` decisions, the newest first.
    pub async fn reviews(&self, filter: &ReviewFilter, limit: u32) -> Result<Vec<ReviewRow>> {
        let before = filter.before.map_or(i64::MAX, Timestamp::as_millisecond);
        let in_force = filter.in_force.map(Timestamp::as_millisecond);
        let rows: Vec<Row> = match &filter.name {
            // Two statements, because one with "or $1 is null" would read the whole table.
            Some(name) => on!(self, pool => sqlx::query_as(
                    "select id, name, version, sha512, semver_range, decision, lifts_block, reason, person, at,
                         expires_at, withdrawn_at, withdrawn_by, withdrawn_reason
                     from review where name = $1 and at < $2 and (cast($3 as bigint) is null
                         or withdrawn_at is null and (expires_at is null or expires_at > $3))
                     order by at desc, id limit $4",
                )
                .bind(name.as_str())
                .bind(before)
                .bind(in_force)
                .bind(i64::from(limit))
                .fetch_all(pool)
                .await),
            None => on!(self, pool => sqlx::query_as(
                    "select id, name, version, sha512, semver_range, decision, lifts_block, reason, person, at,
                         expires_at, withdrawn_at, withdrawn_by, withdrawn_reason
                     from review where at < $1 and (cast($2 as bigint) is null
                         or withdrawn_at is null and (expires_at is null or expires_at > $2))
                     order by at desc, id limit $3",
                )
                .bind(before)
                .bind(in_force)
                .bind(i64::from(limit))
                .fetch_all(pool)
                .await),
        }
        .context("cannot read the reviews")?;
        rows.into_iter().map(ReviewRow::try_from).collect()
    }
}
