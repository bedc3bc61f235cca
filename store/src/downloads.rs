//! Who got what, and who asked for what is held: one row per version and client, so that the answer to "who has it"
//! is as short as the list of those who do.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::db::{Db, at, on};
use crate::writer::{Transaction, WriteError, execute};

/// Whether the bytes were handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handed {
    /// They were.
    Out,
    /// The version was held.
    Refused,
}

/// Requests of one client for one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// `t:ID` of a token, or `a:ADDRESS`.
    pub client: String,
    /// What it called itself, the last time.
    pub agent: String,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// How often.
    pub count: u64,
}

/// The answer to "who has it".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhoHas {
    /// By version, then client.
    pub downloads: Vec<Download>,
    /// There are more than were asked for.
    pub more: bool,
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    handed: Handed,
    download: &Download,
) -> Result<(), WriteError> {
    let count = i64::try_from(download.count).unwrap_or(i64::MAX);
    let (name, version) = (download.name.as_str(), &download.version);
    let (first, last) = (
        download.first_at.as_millisecond(),
        download.last_at.as_millisecond(),
    );
    let (client, agent) = (&download.client, &download.agent);
    match handed {
        Handed::Out => execute!(
            transaction,
            "insert into download (name, version, client, agent, first_at, last_at, downloads)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (name, version, client) do update set agent = excluded.agent,
                 last_at = excluded.last_at, downloads = download.downloads + excluded.downloads",
            name,
            version,
            client,
            agent,
            first,
            last,
            count
        ),
        Handed::Refused => execute!(
            transaction,
            "insert into refusal (name, version, client, agent, first_at, last_at, refusals)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (name, version, client) do update set agent = excluded.agent,
                 last_at = excluded.last_at, refusals = refusal.refusals + excluded.refusals",
            name,
            version,
            client,
            agent,
            first,
            last,
            count
        ),
    };
    Ok(())
}

/// Forgets clients whose last request was before.
pub(crate) async fn forget(
    transaction: &mut Transaction,
    before: Timestamp,
) -> Result<(), WriteError> {
    let before = before.as_millisecond();
    execute!(
        transaction,
        "delete from download where last_at < $1",
        before
    );
    execute!(
        transaction,
        "delete from refusal where last_at < $1",
        before
    );
    execute!(transaction, "delete from let_go where until < $1", before);
    Ok(())
}

#[derive(FromRow)]
struct Row {
    name: String,
    version: String,
    client: String,
    agent: String,
    first_at: i64,
    last_at: i64,
    count: i64,
}

impl TryFrom<Row> for Download {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            name: PackageName::parse(&row.name)?,
            version: row.version,
            client: row.client,
            agent: row.agent,
            first_at: at(row.first_at)?,
            last_at: at(row.last_at)?,
            count: row.count.try_into()?,
        })
    }
}

fn downloads(rows: Vec<Row>) -> Result<Vec<Download>> {
    rows.into_iter().map(Download::try_from).collect()
}

impl Db {
    /// Who downloaded these versions of a package: at most `limit` clients.
    pub async fn who_has(
        &self,
        name: &PackageName,
        versions: &[String],
        limit: u32,
    ) -> Result<WhoHas> {
        let mut answer = WhoHas::default();
        for version in versions {
            let left = i64::from(limit) - i64::try_from(answer.downloads.len())?;
            let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                    "select name, version, client, agent, first_at, last_at, downloads as count
                     from download where name = $1 and version = $2 order by client limit $3",
                )
                .bind(name.as_str())
                .bind(version)
                .bind(left + 1)
                .fetch_all(pool)
                .await
                .with_context(|| format!("cannot read who has {name}"))?);
            answer.downloads.extend(downloads(rows)?);
            if answer.downloads.len() > limit as usize {
                answer.downloads.truncate(limit as usize);
                answer.more = true;
                break;
            }
        }
        Ok(answer)
    }

    /// Who asked for a version while it was held; the last one first.
    pub async fn who_waits(
        &self,
        name: &PackageName,
        version: &str,
        limit: u32,
    ) -> Result<Vec<Download>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, client, agent, first_at, last_at, refusals as count
                 from refusal where name = $1 and version = $2 order by last_at desc limit $3",
            )
            .bind(name.as_str())
            .bind(version)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read who was refused")?);
        downloads(rows)
    }

    /// What was asked for since a moment, handed out or not, each version with the first time: at most `limit`, by name.
    pub async fn asked_since(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(PackageName, String, Timestamp)>> {
        let rows: Vec<(String, String, i64)> = on!(self, pool => sqlx::query_as(
                "select k.name, k.version, min(k.at) as at from (
                     select name, version, served_first_at as at from package_version where served_first_at >= $1
                     union all select name, version, first_at as at from refusal where last_at >= $1) k
                 group by k.name, k.version order by k.name, k.version limit $2",
            )
            .bind(since.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what was asked for")?);
        rows.into_iter()
            .map(|(name, version, first)| Ok((PackageName::parse(&name)?, version, at(first)?)))
            .collect()
    }

    /// Packages that were downloaded since a moment, the latest first: at most `limit`.
    pub async fn downloaded_since(&self, since: Timestamp, limit: u32) -> Result<Vec<PackageName>> {
        let rows: Vec<(String, i64)> = on!(self, pool => sqlx::query_as(
                "select name, max(last_at) as last_at from download where last_at >= $1
                 group by name order by max(last_at) desc, name limit $2",
            )
            .bind(since.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what was downloaded")?);
        rows.into_iter()
            .map(|(name, _)| Ok(PackageName::parse(&name)?))
            .collect()
    }

    /// Refusals since a moment, the last one first.
    pub async fn refusals_since(&self, since: Timestamp, limit: u32) -> Result<Vec<Download>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select name, version, client, agent, first_at, last_at, refusals as count
                 from refusal where last_at >= $1 order by last_at desc limit $2",
            )
            .bind(since.as_millisecond())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read who was refused")?);
        downloads(rows)
    }
}
