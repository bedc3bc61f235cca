//! Versions that turned out bad after they were handed out, and who had got them by then.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use sqlx::FromRow;

use crate::audit_log;
use crate::db::{Db, at, maybe, on};
use crate::rows::Event;
use crate::webhooks::{self, News};
use crate::writer::{Transaction, WriteError, execute, short, text};

/// A version that turned out bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// How it is called.
    pub id: String,
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// The rule that blocks it.
    pub rule: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Where to read more.
    pub url: Option<String>,
    /// When it turned out.
    pub opened_at: Timestamp,
    /// The first and the last time it was served, and how often, by then.
    pub served_first_at: Option<Timestamp>,
    /// See `served_first_at`.
    pub served_last_at: Option<Timestamp>,
    /// See `served_first_at`.
    pub served_count: u64,
    /// How many clients are on record for it.
    pub clients: u64,
    /// That a person dealt with it.
    pub closed: Option<Closing>,
}

/// Who closed an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: String,
    /// Why, in that person's words.
    pub reason: String,
}

/// A client that got the version of an incident, or named it in an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentClient {
    /// `t:ID` of a token, or `a:ADDRESS`.
    pub client: String,
    /// What it called itself.
    pub agent: String,
    /// Its first and its last download; `None` if it only named the version in an audit.
    pub first_at: Option<Timestamp>,
    /// See `first_at`.
    pub last_at: Option<Timestamp>,
    /// How often it downloaded it.
    pub count: u64,
    /// When an audit of it last named the version: by then it was still there.
    pub audited_at: Option<Timestamp>,
}

/// A version that was served here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedVersion {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: String,
    /// The bytes it is pinned to.
    pub sha512: Option<String>,
}

/// A change to incidents.
#[derive(Clone, Debug)]
pub enum IncidentChange {
    /// A served version is blocked now. Opens an incident with the line of the log that tells of it, unless there was one
    /// for this rule or one is open; an open one gets the clients that came since.
    Opened {
        /// How it would be called.
        id: String,
        /// The package.
        name: PackageName,
        /// The version.
        version: String,
        /// The rule that blocks it.
        rule: String,
        /// Why.
        reason: String,
        /// Where to read more.
        url: Option<String>,
        /// What the log says of it.
        event: Event,
    },
    /// A client's audit named the version of an open incident: it is still there.
    Audited {
        /// Which incident.
        id: String,
        /// The client, as in downloads.
        client: String,
        /// What it called itself.
        agent: String,
        /// When.
        at: Timestamp,
    },
    /// A person dealt with it; a conflict if one did before.
    Closed {
        /// Which.
        id: String,
        /// By whom.
        closing: Closing,
    },
}

pub(crate) fn check(change: &IncidentChange) -> Result<(), WriteError> {
    match change {
        IncidentChange::Opened {
            version,
            rule,
            reason,
            url,
            ..
        } => {
            short(version)?;
            text("a rule", Some(rule), 64)?;
            text("a reason", Some(reason), 4096)?;
            text("an address", url.as_deref(), 4096)
        }
        IncidentChange::Audited { client, agent, .. } => {
            text("a client", Some(client), 128)?;
            text("a user agent", Some(agent), 256)
        }
        IncidentChange::Closed { closing, .. } => text("a reason", Some(&closing.reason), 4096),
    }
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &IncidentChange,
) -> Result<(), WriteError> {
    match change {
        IncidentChange::Opened {
            id,
            name,
            version,
            rule,
            reason,
            url,
            event,
        } => {
            let opened = execute!(
                transaction,
                "insert into incident (id, name, version, rule, reason, url, opened_at,
                     served_first_at, served_last_at, served_count)
                 select $1, $2, $3, $4, $5, $6, $7, v.served_first_at, v.served_last_at, v.served_count
                 from package_version v where v.name = $2 and v.version = $3 and v.served_count > 0
                 on conflict do nothing",
                id,
                name.as_str(),
                version,
                rule,
                reason,
                url.as_deref(),
                event.at.as_millisecond(),
            );
            execute!(
                transaction,
                "insert into incident_client (incident, client, agent, first_at, last_at, downloads)
                 select i.id, d.client, d.agent, d.first_at, d.last_at, d.downloads
                 from incident i join download d on d.name = i.name and d.version = i.version
                 where i.name = $1 and i.version = $2 and i.closed_at is null
                 on conflict (incident, client) do update set agent = excluded.agent,
                     first_at = excluded.first_at, last_at = excluded.last_at, downloads = excluded.downloads",
                name.as_str(),
                version,
            );
            if opened > 0 {
                audit_log::append(transaction, None, event).await?;
                let news = News {
                    at: event.at,
                    kind: "recalled".to_owned(),
                    name: Some(name.clone()),
                    version: Some(version.clone()),
                    detail: serde_json::json!({ "incident": id, "rule": rule, "reason": reason })
                        .to_string(),
                };
                webhooks::tell(transaction, &news).await?;
            }
        }
        IncidentChange::Audited {
            id,
            client,
            agent,
            at,
        } => {
            execute!(
                transaction,
                "insert into incident_client (incident, client, agent, downloads, audited_at)
                 select i.id, $2, $3, 0, $4 from incident i where i.id = $1 and i.closed_at is null
                 on conflict (incident, client) do update set audited_at = excluded.audited_at",
                id,
                client,
                agent,
                at.as_millisecond(),
            );
        }
        IncidentChange::Closed { id, closing } => {
            let closed = execute!(
                transaction,
                "update incident set closed_at = $2, closed_by = $3, closed_reason = $4
                 where id = $1 and closed_at is null",
                id,
                closing.at.as_millisecond(),
                &closing.person,
                &closing.reason,
            );
            if closed == 0 {
                return Err(WriteError::Conflict(format!(
                    "there is no incident {id}, or it was closed before"
                )));
            }
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    version: String,
    rule: String,
    reason: String,
    url: Option<String>,
    opened_at: i64,
    served_first_at: Option<i64>,
    served_last_at: Option<i64>,
    served_count: i64,
    clients: i64,
    closed_at: Option<i64>,
    closed_by: Option<String>,
    closed_reason: Option<String>,
}

impl TryFrom<Row> for Incident {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: PackageName::parse(&row.name)?,
            version: row.version,
            rule: row.rule,
            reason: row.reason,
            url: row.url,
            opened_at: at(row.opened_at)?,
            served_first_at: maybe(row.served_first_at)?,
            served_last_at: maybe(row.served_last_at)?,
            served_count: row.served_count.try_into()?,
            clients: row.clients.try_into()?,
            closed: maybe(row.closed_at)?.map(|at| Closing {
                at,
                person: row.closed_by.unwrap_or_default(),
                reason: row.closed_reason.unwrap_or_default(),
            }),
        })
    }
}

#[derive(FromRow)]
struct ClientRow {
    client: String,
    agent: String,
    first_at: Option<i64>,
    last_at: Option<i64>,
    downloads: i64,
    audited_at: Option<i64>,
}

/// One statement about different rows.
macro_rules! incidents {
    ($rest:literal) => {
        concat!(
            "select i.id, i.name, i.version, i.rule, i.reason, i.url, i.opened_at, i.served_first_at, i.served_last_at,
                 i.served_count, (select count(*) from incident_client c where c.incident = i.id) as clients,
                 i.closed_at, i.closed_by, i.closed_reason
             from incident i ",
            $rest
        )
    };
}

impl Db {
    /// One incident.
    pub async fn incident(&self, id: &str) -> Result<Option<Incident>> {
        let row: Option<Row> = on!(self, pool => sqlx::query_as(incidents!("where i.id = $1"))
            .bind(id)
            .fetch_optional(pool)
            .await
            .context("cannot read an incident")?);
        row.map(Incident::try_from).transpose()
    }

    /// At most `limit` incidents that are open, or closed, the newest first.
    pub async fn incidents(&self, is_open: bool, limit: u32) -> Result<Vec<Incident>> {
        let statement = match is_open {
            true => {
                incidents!("where i.closed_at is null order by i.opened_at desc, i.id limit $1")
            }
            false => {
                incidents!("where i.closed_at is not null order by i.opened_at desc, i.id limit $1")
            }
        };
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(statement)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the incidents")?);
        rows.into_iter().map(Incident::try_from).collect()
    }

    /// The incidents of one version, the newest first.
    pub async fn incidents_of(&self, name: &PackageName, version: &str) -> Result<Vec<Incident>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(incidents!(
                "where i.name = $1 and i.version = $2 order by i.opened_at desc, i.id"
            ))
            .bind(name.as_str())
            .bind(version)
            .fetch_all(pool)
            .await
            .context("cannot read the incidents")?);
        rows.into_iter().map(Incident::try_from).collect()
    }

    /// At most `limit` clients of an incident, those seen last first.
    pub async fn incident_clients(&self, id: &str, limit: u32) -> Result<Vec<IncidentClient>> {
        let rows: Vec<ClientRow> = on!(self, pool => sqlx::query_as(
                "select client, agent, first_at, last_at, downloads, audited_at from incident_client
                 where incident = $1 order by coalesce(last_at, audited_at) desc, client limit $2",
            )
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read who an incident concerns")?);
        rows.into_iter()
            .map(|row| {
                Ok(IncidentClient {
                    client: row.client,
                    agent: row.agent,
                    first_at: maybe(row.first_at)?,
                    last_at: maybe(row.last_at)?,
                    count: row.downloads.try_into()?,
                    audited_at: maybe(row.audited_at)?,
                })
            })
            .collect()
    }

    /// A page of the versions that were ever served here: the `limit` that follow this name and version (empty ones for
    /// the first page).
    pub async fn served_after(
        &self,
        name: &str,
        version: &str,
        limit: u32,
    ) -> Result<Vec<ServedVersion>> {
        let rows: Vec<(String, String, Option<String>)> = on!(self, pool => sqlx::query_as(
                "select v.name, v.version, p.sha512 from package_version v
                 left join pin p on p.name = v.name and p.version = v.version
                 where (v.name > $1 or v.name = $1 and v.version > $2) and v.served_count > 0
                 order by v.name, v.version limit $3",
            )
            .bind(name)
            .bind(version)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what was served")?);
        rows.into_iter()
            .map(|(name, version, sha512)| {
                Ok(ServedVersion {
                    name: PackageName::parse(&name)?,
                    version,
                    sha512,
                })
            })
            .collect()
    }
}
