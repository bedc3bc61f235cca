//! The queue: what was held when its package was last judged. Derived from verdicts, so that the page of the queue
//! need not judge every package again.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::db::{Db, at, maybe, on};
use crate::webhooks::{self, News};
use crate::writer::{Transaction, WriteError, execute};

/// Rules by which time alone, or a line in the sand, holds what is new: that is no news to anybody.
const QUIET: &[&str] = &["cooldown", "freeze"];

/// A version that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// `quarantine` or `block`.
    pub outcome: String,
    /// The rule that holds it first of all.
    pub rule: String,
    /// Why, in one sentence.
    pub reason: String,
    /// When time lets it go.
    pub until: Option<Timestamp>,
    /// Since when it is known to be held. Writing the row again does not move it.
    pub since: Timestamp,
}

/// A line of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLine {
    /// What is held.
    pub held: HeldRow,
    /// How many clients asked for it.
    pub waiting: u64,
}

/// What to list of the queue.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// A part of the name.
    pub search: String,
    /// Exactly this outcome.
    pub outcome: String,
    /// Exactly this rule.
    pub rule: String,
    /// In which order.
    pub order: QueueOrder,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueOrder {
    /// What most clients wait for first.
    #[default]
    Waiting,
    /// The newest first.
    Newest,
    /// By name.
    Name,
}

/// Writes down what is held of a package, instead of what was.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    name: &PackageName,
    rows: &[HeldRow],
) -> Result<(), WriteError> {
    const BEFORE: &str =
        "select version, outcome, rule, reason, until, since from held where name = $1";
    let before: Vec<Before> = match transaction {
        Transaction::Sqlite(transaction) => {
            let query = sqlx::query_as(BEFORE).bind(name.as_str());
            query.fetch_all(&mut **transaction).await?
        }
        Transaction::Postgres(transaction) => {
            let query = sqlx::query_as(BEFORE).bind(name.as_str());
            query.fetch_all(&mut **transaction).await?
        }
    };
    let now = Timestamp::now().as_millisecond();
    for old in &before {
        let version = &old.version;
        if !rows.iter().any(|row| row.version == *version) {
            if let Some(until) = old.until.filter(|until| *until <= now) {
                execute!(
                    transaction,
                    "insert into let_go (name, version, rule, since, until) values ($1, $2, $3, $4, $5)
                     on conflict (name, version) do update set rule = excluded.rule, until = excluded.until",
                    name.as_str(),
                    version,
                    &old.rule,
                    old.since,
                    until,
                );
            }
            execute!(
                transaction,
                "delete from held where name = $1 and version = $2",
                name.as_str(),
                version
            );
        }
    }
    for row in rows {
        execute!(
            transaction,
            "insert into held (name, version, outcome, rule, reason, until, since)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (name, version) do update set outcome = excluded.outcome, rule = excluded.rule,
                 reason = excluded.reason, until = excluded.until",
            name.as_str(),
            &row.version,
            &row.outcome,
            &row.rule,
            &row.reason,
            row.until.map(|at| at.as_millisecond()),
            row.since.as_millisecond(),
        );
    }
    for news in news(name, &before, rows) {
        webhooks::tell(transaction, &news).await?;
    }
    Ok(())
}

/// What was held of a version before.
#[derive(FromRow)]
struct Before {
    version: String,
    outcome: String,
    rule: String,
    reason: String,
    until: Option<i64>,
    since: i64,
}

/// A version that time alone let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetGo {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// The rule that had held it.
    pub rule: String,
    /// When it was let go.
    pub at: Timestamp,
    /// How often it was served since.
    pub served: u64,
    /// What its inspection says; `None` if there was none.
    pub inspected: Option<String>,
}

/// How a version is held, as far as anybody wants to be told: not by time alone.
fn told<'a>(outcome: &'a str, rule: &str) -> Option<&'a str> {
    (outcome == "block" || !QUIET.contains(&rule)).then_some(outcome)
}

/// What changed for people.
fn news(name: &PackageName, before: &[Before], rows: &[HeldRow]) -> Vec<News> {
    let mut all = Vec::new();
    let mut add = |kind: &str, version: &str, rule: &str, reason: &str, until| {
        all.push(News {
            at: Timestamp::now(),
            kind: kind.to_owned(),
            name: Some(name.clone()),
            version: Some(version.to_owned()),
            detail: serde_json::json!({ "rule": rule, "reason": reason, "until": until })
                .to_string(),
        });
    };
    for row in rows {
        let was = before.iter().find(|old| old.version == row.version);
        let was = was.and_then(|old| told(&old.outcome, &old.rule));
        let kind = match (was, told(&row.outcome, &row.rule)) {
            (was, Some("block")) if was != Some("block") => "blocked",
            (None, Some("quarantine")) => "held",
            _ => continue,
        };
        add(kind, &row.version, &row.rule, &row.reason, row.until);
    }
    for old in before {
        let now = rows.iter().find(|row| row.version == old.version);
        let now = now.and_then(|row| told(&row.outcome, &row.rule));
        if told(&old.outcome, &old.rule).is_some() && now.is_none() {
            add("released", &old.version, &old.rule, &old.reason, None);
        }
    }
    all
}

#[derive(FromRow)]
struct Row {
    name: String,
    version: String,
    outcome: String,
    rule: String,
    reason: String,
    until: Option<i64>,
    since: i64,
    waiting: i64,
}

impl TryFrom<Row> for QueueLine {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        let held = HeldRow {
            name: PackageName::parse(&row.name)?,
            version: row.version,
            outcome: row.outcome,
            rule: row.rule,
            reason: row.reason,
            until: maybe(row.until)?,
            since: at(row.since)?,
        };
        Ok(Self {
            held,
            waiting: row.waiting.try_into()?,
        })
    }
}

/// What a page of the queue shows of a line.
macro_rules! columns {
    () => {
        "select h.name, h.version, h.outcome, h.rule, h.reason, h.until, h.since"
    };
}

/// Which lines a page of the queue has.
macro_rules! filtered {
    () => {
        " where (h.until is null or h.until > $1) and ($2 = '' or h.outcome = $2) and ($3 = '' or h.rule = $3)
              and ($4 = '' or h.name like $4 escape '!')"
    };
}

/// By an index; who waits is counted for the lines of the page alone.
macro_rules! queue {
    ($order:literal) => {
        concat!(
            columns!(),
            ", (select count(*) from refusal r where r.name = h.name and r.version = h.version) as waiting from held h",
            filtered!(),
            " order by ",
            $order,
            " limit $5 offset $6"
        )
    };
}

/// Those for whom most wait come first: all have to be counted.
const BY_WAITING: &str = concat!(
    columns!(),
    ", coalesce(w.waiting, 0) as waiting
     from held h left join (select name, version, count(*) as waiting from refusal group by name, version) w
         on w.name = h.name and w.version = h.version",
    filtered!(),
    " order by waiting desc, h.since desc, h.name, h.version limit $5 offset $6"
);

impl Db {
    /// A page of what is held at a moment.
    pub async fn queue(
        &self,
        filter: &QueueFilter,
        now: Timestamp,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<QueueLine>> {
        let statement = match filter.order {
            QueueOrder::Waiting => BY_WAITING,
            QueueOrder::Newest => queue!("h.since desc, h.name, h.version"),
            QueueOrder::Name => queue!("h.name, h.version"),
        };
        let search = match filter.search.trim() {
            "" => String::new(),
            part => format!(
                "%{}%",
                part.to_lowercase()
                    .replace('!', "!!")
                    .replace('%', "!%")
                    .replace('_', "!_")
            ),
        };
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(statement)
            .bind(now.as_millisecond())
            .bind(&filter.outcome)
            .bind(&filter.rule)
            .bind(&search)
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(pool)
            .await
            .context("cannot read the queue")?);
        rows.into_iter().map(QueueLine::try_from).collect()
    }

    /// The last `limit` versions that time alone let go between two moments, the latest first; and how many there are.
    pub async fn let_go(
        &self,
        since: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<(Vec<LetGo>, u64)> {
        type Row = (String, String, String, i64, i64, Option<String>);
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select k.name, k.version, k.rule, k.until, coalesce(v.served_count, 0), i.outcome from (
                     select name, version, rule, until from let_go where until > $1 and until <= $2
                     union select name, version, rule, until from held where until > $1 and until <= $2) k
                 left join package_version v on v.name = k.name and v.version = k.version
                 left join inspection i on i.name = k.name and i.version = k.version
                 order by k.until desc, k.name, k.version limit $3",
            )
            .bind(since.as_millisecond())
            .bind(now.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what time let go")?);
        let (count,): (i64,) = on!(self, pool => sqlx::query_as(
                "select count(*) from (
                     select name, version from let_go where until > $1 and until <= $2
                     union select name, version from held where until > $1 and until <= $2) k",
            )
            .bind(since.as_millisecond())
            .bind(now.as_millisecond())
            .fetch_one(pool)
            .await
            .context("cannot count what time let go")?);
        let rows = rows
            .into_iter()
            .map(|(name, version, rule, until, served, inspected)| {
                Ok(LetGo {
                    name: PackageName::parse(&name)?,
                    version,
                    rule,
                    at: at(until)?,
                    served: served.try_into()?,
                    inspected,
                })
            });
        Ok((rows.collect::<Result<_>>()?, count.try_into()?))
    }

    /// The packages of which versions are written down as held.
    pub async fn held_names(&self) -> Result<Vec<PackageName>> {
        let rows: Vec<(String,)> = on!(self, pool => sqlx::query_as(
                "select distinct name from held order by name",
            )
            .fetch_all(pool)
            .await
            .context("cannot read the queue")?);
        rows.into_iter()
            .map(|(name,)| Ok(PackageName::parse(&name)?))
            .collect()
    }

    /// How much is held at a moment, by outcome and rule.
    pub async fn queue_counts(&self, now: Timestamp) -> Result<Vec<(String, String, u64)>> {
        let rows: Vec<(String, String, i64)> = on!(self, pool => sqlx::query_as(
                "select outcome, rule, count(*) from held where until is null or until > $1
                 group by outcome, rule order by outcome, rule",
            )
            .bind(now.as_millisecond())
            .fetch_all(pool)
            .await
            .context("cannot count the queue")?);
        rows.into_iter()
            .map(|(outcome, rule, count)| Ok((outcome, rule, count.try_into()?)))
            .collect()
    }
}
