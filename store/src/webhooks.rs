//! What webhooks tell: news, written in the transaction of what they tell of; and deliveries, each to one webhook, kept
//! until they arrived and for some time after.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::db::{Db, at, maybe, on};
use crate::writer::{Transaction, WriteError, execute, text};

/// Largest message, in bytes.
const BODY: usize = 256 << 10;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// When.
    pub at: Timestamp,
    /// `held`, `released`, `blocked`, `recalled`, `integrity-changed`, `feed-stale`, ...
    pub kind: String,
    /// The package concerned, if one.
    pub name: Option<PackageName>,
    /// The version concerned, if one.
    pub version: Option<String>,
    /// The rest, as JSON.
    pub detail: String,
}

/// [`News`] with its place in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedNews {
    /// Grows.
    pub id: i64,
    /// What happened.
    pub news: News,
}

/// A message to a webhook that is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// How it is called; the receiver is told, so that it knows what it had before.
    pub id: String,
    /// The webhook's name.
    pub hook: String,
    /// What it tells.
    pub event: String,
    /// The message.
    pub body: String,
    /// From when on it may be delivered.
    pub at: Timestamp,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its turn, perhaps after attempts that failed.
    Queued,
    /// It arrived.
    Done,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// `queued`, `done` or `dead`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Done, Self::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A message to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How it is called.
    pub id: String,
    /// The webhook's name.
    pub hook: String,
    /// What it tells.
    pub event: String,
    /// The message.
    pub body: String,
    /// Since when there is something to tell.
    pub created_at: Timestamp,
    /// When its turn can be.
    pub not_before: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// What became of it.
    pub state: DeliveryState,
    /// What the receiver answered the last time.
    pub status: Option<u16>,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// When it arrived or was given up.
    pub ended_at: Option<Timestamp>,
}

/// A change to what is told.
#[derive(Clone, Debug)]
pub enum WebhookChange {
    /// Something happened.
    News(News),
    /// News up to an id became these deliveries.
    Told {
        /// The id of the last of them.
        up_to: i64,
        /// To each webhook that wants to know.
        deliveries: Vec<NewDelivery>,
    },
    /// One message by itself.
    Queued(NewDelivery),
    /// A delivery was tried.
    Attempted {
        /// Which.
        id: String,
        /// When.
        at: Timestamp,
        /// What the receiver answered.
        status: Option<u16>,
        /// What went wrong; `None` if it arrived.
        error: Option<String>,
        /// When it is tried again; with an error and without this it is given up.
        again: Option<Timestamp>,
    },
    /// A person wants one that was given up to be tried again; a conflict if it was not.
    Revived {
        /// Which.
        id: String,
        /// When.
        at: Timestamp,
    },
    /// What ended before is forgotten.
    Forget {
        /// When.
        before: Timestamp,
    },
}

pub(crate) fn check(change: &WebhookChange) -> Result<(), WriteError> {
    let delivery = |of: &NewDelivery| {
        text("a webhook's name", Some(&of.hook), 64)?;
        text("a message", Some(&of.body), BODY)
    };
    match change {
        WebhookChange::News(news) => {
            text("a version", news.version.as_deref(), 256)?;
            text("a piece of news", Some(&news.detail), 64 << 10)
        }
        WebhookChange::Told { deliveries, .. } => deliveries.iter().try_for_each(delivery),
        WebhookChange::Queued(of) => delivery(of),
        WebhookChange::Attempted { error, .. } => text("an error", error.as_deref(), 4096),
        WebhookChange::Revived { .. } | WebhookChange::Forget { .. } => Ok(()),
    }
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &WebhookChange,
) -> Result<(), WriteError> {
    match change {
        WebhookChange::News(news) => tell(transaction, news).await?,
        WebhookChange::Told { up_to, deliveries } => {
            for delivery in deliveries {
                queue(transaction, delivery).await?;
            }
            execute!(transaction, "delete from news where id <= $1", *up_to);
        }
        WebhookChange::Queued(delivery) => queue(transaction, delivery).await?,
        WebhookChange::Attempted {
            id,
            at,
            status,
            error,
            again,
        } => {
            let (state, ended) = match (error, again) {
                (None, _) => ("done", Some(at.as_millisecond())),
                (Some(_), Some(_)) => ("queued", None),
                (Some(_), None) => ("dead", Some(at.as_millisecond())),
            };
            execute!(
                transaction,
                "update delivery set attempts = attempts + 1, state = $2, status = $3, error = $4,
                     not_before = coalesce($5, not_before), ended_at = $6
                 where id = $1",
                id,
                state,
                status.map(i64::from),
                error.as_deref(),
                again.map(Timestamp::as_millisecond),
                ended,
            );
        }
        WebhookChange::Revived { id, at } => {
            let revived = execute!(
                transaction,
                "update delivery set state = 'queued', attempts = 0, not_before = $2, ended_at = null
                 where id = $1 and state = 'dead'",
                id,
                at.as_millisecond(),
            );
            if revived == 0 {
                return Err(WriteError::Conflict(format!(
                    "there is no delivery {id} that was given up"
                )));
            }
        }
        WebhookChange::Forget { before } => {
            execute!(
                transaction,
                "delete from delivery where ended_at < $1",
                before.as_millisecond(),
            );
        }
    }
    Ok(())
}

/// Writes news down; to be called in the transaction that changes what they tell of.
pub(crate) async fn tell(transaction: &mut Transaction, news: &News) -> Result<(), WriteError> {
    execute!(
        transaction,
        "insert into news (id, at, kind, name, version, detail)
         select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5 from news",
        news.at.as_millisecond(),
        &news.kind,
        news.name.as_ref().map(PackageName::as_str),
        news.version.as_deref(),
        &news.detail,
    );
    Ok(())
}

async fn queue(transaction: &mut Transaction, delivery: &NewDelivery) -> Result<(), WriteError> {
    execute!(
        transaction,
        "insert into delivery (id, hook, event, body, created_at, not_before, attempts, state)
         values ($1, $2, $3, $4, $5, $5, 0, 'queued')",
        &delivery.id,
        &delivery.hook,
        &delivery.event,
        &delivery.body,
        delivery.at.as_millisecond(),
    );
    Ok(())
}

#[derive(FromRow)]
struct NewsRow {
    id: i64,
    at: i64,
    kind: String,
    name: Option<String>,
    version: Option<String>,
    detail: String,
}

#[derive(FromRow)]
struct Row {
    id: String,
    hook: String,
    event: String,
    body: String,
    created_at: i64,
    not_before: i64,
    attempts: i64,
    state: String,
    status: Option<i64>,
    error: Option<String>,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Delivery {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            hook: row.hook,
            event: row.event,
            body: row.body,
            created_at: at(row.created_at)?,
            not_before: at(row.not_before)?,
            attempts: row.attempts.try_into()?,
            state: DeliveryState::parse(&row.state).context("unknown state of a delivery")?,
            status: row.status.map(u16::try_from).transpose()?,
            error: row.error,
            ended_at: maybe(row.ended_at)?,
        })
    }
}

impl Db {
    /// The oldest `limit` pieces of news that are not told yet.
    pub async fn news(&self, limit: u32) -> Result<Vec<RecordedNews>> {
        let rows: Vec<NewsRow> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, name, version, detail from news order by id limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what is to be told")?);
        rows.into_iter()
            .map(|row| {
                let news = News {
                    at: at(row.at)?,
                    kind: row.kind,
                    name: row.name.as_deref().map(PackageName::parse).transpose()?,
                    version: row.version,
                    detail: row.detail,
                };
                Ok(RecordedNews { id: row.id, news })
            })
            .collect()
    }

    /// The delivery to a webhook whose turn is next, whether it is its turn already or not.
    pub async fn next_delivery(&self, hook: &str) -> Result<Option<Delivery>> {
        let row: Option<Row> = on!(self, pool => sqlx::query_as(
                "select id, hook, event, body, created_at, not_before, attempts, state, status, error, ended_at
                 from delivery where hook = $1 and state = 'queued' order by not_before, created_at, id limit 1",
            )
            .bind(hook)
            .fetch_optional(pool)
            .await
            .context("cannot read what is to be delivered")?);
        row.map(Delivery::try_from).transpose()
    }

    /// The newest `limit` deliveries.
    pub async fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select id, hook, event, body, created_at, not_before, attempts, state, status, error, ended_at
                 from delivery order by created_at desc, id limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the deliveries")?);
        rows.into_iter().map(Delivery::try_from).collect()
    }

    /// How many deliveries of a webhook there are of each state.
    pub async fn delivery_counts(&self) -> Result<Vec<(String, DeliveryState, u64)>> {
        let rows: Vec<(String, String, i64)> = on!(self, pool => sqlx::query_as(
                "select hook, state, count(*) from delivery group by hook, state order by hook, state",
            )
            .fetch_all(pool)
            .await
            .context("cannot count the deliveries")?);
        rows.into_iter()
            .map(|(hook, state, count)| {
                let state = DeliveryState::parse(&state).context("unknown state of a delivery")?;
                Ok((hook, state, count.try_into()?))
            })
            .collect()
    }
}
