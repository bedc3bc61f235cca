//! The audit log as a chain: the hash of each line covers the hash of the one before, so nothing can be changed,
//! removed or put in without changing every hash after it. Whoever noted the last hash elsewhere can prove it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::db::{Db, on};
use crate::rows::Event;
use crate::writer::{Transaction, WriteError, execute};

/// One line, as it is exported. Its fields are in the order of their names, which is the order they are hashed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The person, where one acted; else lazaret itself did or saw something.
    pub actor: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The rest, as JSON.
    pub detail: String,
    /// sha256 in hex of the hash before, a line feed, and this line as JSON without spaces and `hash`; `None` for
    /// lines from before there was a chain.
    pub hash: Option<String>,
    /// Counts from 1 without gaps.
    pub id: i64,
    /// What happened.
    pub kind: String,
    /// The package concerned.
    pub name: Option<String>,
    /// `critical`, `warning` or `info`.
    pub severity: String,
    /// The version concerned.
    pub version: Option<String>,
}

/// What is hashed of a line: all of it but the hash.
#[derive(Serialize)]
struct Hashed<'a> {
    actor: Option<&'a str>,
    at: i64,
    detail: &'a str,
    id: i64,
    kind: &'a str,
    name: Option<&'a str>,
    severity: &'a str,
    version: Option<&'a str>,
}

impl LogLine {
    fn hash_after(&self, previous: &str) -> String {
        let hashed = Hashed {
            actor: self.actor.as_deref(),
            at: self.at,
            detail: &self.detail,
            id: self.id,
            kind: &self.kind,
            name: self.name.as_deref(),
            severity: &self.severity,
            version: self.version.as_deref(),
        };
        // Strings and numbers can always be written.
        let json = serde_json::to_string(&hashed).unwrap_or_default();
        let digest = Sha256::digest(format!("{previous}\n{json}").as_bytes());
        lazaret_npm::hex(&digest)
    }
}

/// A check of the whole log, line by line from the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Lines seen.
    pub lines: i64,
    /// Of them, those from before there was a chain.
    pub unchained: i64,
    /// The last hash.
    pub head: String,
}

impl Chain {
    /// Takes the next line.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn take(&mut self, line: &LogLine) -> Result<(), String> {
        let expected = self.lines + 1;
        if line.id != expected {
            return Err(format!("line {expected} is missing: {} follows", line.id));
        }
        match &line.hash {
            None if self.head.is_empty() => self.unchained += 1,
            None => return Err(format!("line {expected} has no hash")),
            Some(hash) if *hash == line.hash_after(&self.head) => self.head.clone_from(hash),
            Some(_) => {
                return Err(format!(
                    "line {expected} is not the one that was written: it or a line before it was changed"
                ));
            }
        }
        self.lines = expected;
        Ok(())
    }
}

/// Adds a line at the end.
pub(crate) async fn append(
    transaction: &mut Transaction,
    actor: Option<&str>,
    event: &Event,
) -> Result<(), WriteError> {
    let (last, previous) = match transaction {
        Transaction::Sqlite(transaction) => {
            let last: Option<(i64, Option<String>)> = sqlx::query_as(LAST)
                .fetch_optional(&mut **transaction)
                .await?;
            last.unwrap_or_default()
        }
        Transaction::Postgres(transaction) => {
            let last: Option<(i64, Option<String>)> = sqlx::query_as(LAST)
                .fetch_optional(&mut **transaction)
                .await?;
            last.unwrap_or_default()
        }
    };
    let mut line = LogLine {
        actor: actor.map(str::to_owned),
        at: event.at.as_millisecond(),
        detail: event.detail.clone(),
        hash: None,
        id: last + 1,
        kind: event.kind.clone(),
        name: event.name.as_ref().map(ToString::to_string),
        severity: event.severity.as_str().to_owned(),
        version: event.version.clone(),
    };
    line.hash = Some(line.hash_after(&previous.unwrap_or_default()));
    execute!(
        transaction,
        "insert into event (id, at, kind, severity, name, version, detail, actor, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        line.id,
        line.at,
        &line.kind,
        &line.severity,
        line.name.as_deref(),
        line.version.as_deref(),
        &line.detail,
        line.actor.as_deref(),
        line.hash.as_deref(),
    );
    Ok(())
}

const LAST: &str = "select id, hash from event order by id desc limit 1";

#[derive(FromRow)]
struct Row {
    id: i64,
    at: i64,
    kind: String,
    severity: String,
    name: Option<String>,
    version: Option<String>,
    detail: String,
    actor: Option<String>,
    hash: Option<String>,
}

impl From<Row> for LogLine {
    fn from(row: Row) -> Self {
        Self {
            actor: row.actor,
            at: row.at,
            detail: row.detail,
            hash: row.hash,
            id: row.id,
            kind: row.kind,
            name: row.name,
            severity: row.severity,
            version: row.version,
        }
    }
}

impl Db {
    /// The log, oldest first: at most `limit` lines whose id is greater than `after`.
    pub async fn log_after(&self, after: i64, limit: u32) -> Result<Vec<LogLine>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail, actor, hash from event
                 where id > $1 order by id limit $2",
            )
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the audit log")?);
        Ok(rows.into_iter().map(LogLine::from).collect())
    }

    /// The log, newest first: at most `limit` lines whose id is less than `before`.
    pub async fn log_before(&self, before: i64, limit: u32) -> Result<Vec<LogLine>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail, actor, hash from event
                 where id < $1 order by id desc limit $2",
            )
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the audit log")?);
        Ok(rows.into_iter().map(LogLine::from).collect())
    }

    /// What the log says of one version, newest first.
    pub async fn log_of(
        &self,
        name: &PackageName,
        version: &str,
        limit: u32,
    ) -> Result<Vec<LogLine>> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
                "select id, at, kind, severity, name, version, detail, actor, hash from event
                 where name = $1 and version = $2 order by id desc limit $3",
            )
            .bind(name.as_str())
            .bind(version)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read the audit log")?);
        Ok(rows.into_iter().map(LogLine::from).collect())
    }
}

impl LogLine {
    /// When it happened.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, LogLine};

    fn log(lines: i64) -> Vec<LogLine> {
        let mut head = String::new();
        (1..=lines)
            .map(|id| {
                let mut line = LogLine {
                    actor: Some("anna".into()),
                    at: id * 1000,
                    detail: "{\"reason\":\"fine\\n\"}".into(),
                    hash: None,
                    id,
                    kind: "approved".into(),
                    name: Some("chalk".into()),
                    severity: "info".into(),
                    version: None,
                };
                head = line.hash_after(&head);
                line.hash = Some(head.clone());
                line
            })
            .collect()
    }

    fn check(lines: &[LogLine]) -> Result<Chain, String> {
        let mut chain = Chain::default();
        lines.iter().try_for_each(|line| chain.take(line))?;
        Ok(chain)
    }

    /// Whoever exports the log can compute the hashes with any sha256: this is how.
    #[test]
    fn the_form_that_is_hashed_never_changes() {
        assert_eq!(
            log(2)[1].hash.as_deref(),
            Some("ad5cb5fcd6da0d2d4fda3db938e6425cb5d92449423d8a3a1eedd085356dae13")
        );
    }

    #[test]
    fn a_whole_log_is_verified() {
        let lines = log(5);
        let chain = check(&lines).unwrap();
        assert_eq!((chain.lines, chain.unchained), (5, 0));
        assert_eq!(Some(chain.head), lines[4].hash.clone());
    }

    #[test]
    fn every_change_is_found() {
        let changes: [fn(&mut Vec<LogLine>); 9] = [
            |lines| lines[2].actor = Some("ben".into()),
            |lines| lines[2].actor = None,
            |lines| lines[2].at += 1,
            |lines| lines[2].detail.push(' '),
            |lines| lines[2].kind = "rejected".into(),
            |lines| lines[2].version = Some("1.0.0".into()),
            |lines| lines[2].hash = None,
            |lines| drop(lines.remove(2)),
            |lines| lines.swap(2, 3),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut lines = log(5);
            change(&mut lines);
            let told = check(&lines).unwrap_err();
            assert!(told.contains("line 3"), "{index}: {told}");
        }
    }

    #[test]
    fn lines_without_a_hash_are_fine_only_before_the_chain() {
        let mut lines = log(3);
        let mut older = lines[0].clone();
        older.hash = None;
        lines.insert(0, older);
        // The chain is computed over ids, so the lines that follow must be written after it.
        let mut head = String::new();
        for (id, line) in (1..).zip(&mut lines) {
            line.id = id;
            if id > 1 {
                head = line.hash_after(&head);
                line.hash = Some(head.clone());
            }
        }
        assert_eq!(check(&lines).unwrap().unchained, 1);
    }
}
