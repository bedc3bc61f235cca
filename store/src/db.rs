//! The database: one enum over two pools, each query written once. Reads are here; every change is in `writer`.

mod migrations;
mod reads;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

/// Where rows live. A question is asked through `on!`; where the two engines differ, a `match` says how.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file of this machine.
    Sqlite(SqlitePool),
    /// A server, which several lazarets may share.
    Postgres(PgPool),
}

/// Runs one expression on whichever engine `$either` (a `Db` or a transaction) is: the text of a query stands once,
/// and the compiler checks its types against both.
macro_rules! on {
    ($either:expr, $engine:ident => $body:expr) => {
        match $either {
            Self::Sqlite($engine) => $body,
            Self::Postgres($engine) => $body,
        }
    };
}
pub(crate) use on;
pub(crate) use reads::{at, maybe};

impl Db {
    pub(crate) async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

/// The pools for reading and for the one writer, on a file that is created if missing.
pub(crate) async fn open_sqlite(file: &Path) -> Result<(Db, Db)> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let writes = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself when the disk is full, and sqlx goes on counting it: such a connection would
        // never begin another one.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .connect_with(
            options
                .clone()
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A decision that was acknowledged survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                // 16 MiB between checkpoints instead of 4: a first install writes documents by the thousand.
                .pragma("wal_autocheckpoint", "4000"),
        )
        .await
        .with_context(|| format!("cannot open the database {}", file.display()))?;
    migrations::run_sqlite(&writes).await?;
    let reads = SqlitePoolOptions::new()
        .max_connections(4)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    Ok((Db::Sqlite(reads), Db::Sqlite(writes)))
}

/// One connection for everything: a second one would be a second, empty database.
pub(crate) async fn open_memory() -> Result<(Db, Db)> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(
            SqliteConnectOptions::new()
                .in_memory(true)
                .disable_statement_logging(),
        )
        .await?;
    migrations::run_sqlite(&pool).await?;
    Ok((Db::Sqlite(pool.clone()), Db::Sqlite(pool)))
}

/// The pools for reading and for the one writer, on the server that `url` names. Messages never repeat the URL, which may
/// hold a password.
pub(crate) async fn open_postgres(url: &str) -> Result<(Db, Db)> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        bail!(
            "the database must be a postgres:// URL; without one, lazaret.db in the data directory is used"
        );
    }
    let options: PgConnectOptions = url.parse().context("the postgres:// URL is not valid")?;
    let options = options
        .application_name("lazaret")
        .disable_statement_logging();
    // A connection of its own, because a pool would hide the reason of a refusal behind a time-out.
    let mut connection = options.connect().await.with_context(|| {
        format!(
            "cannot connect to PostgreSQL at {}:{}",
            options.get_host(),
            options.get_port()
        )
    })?;
    migrations::run_postgres(&mut connection).await?;
    connection.close().await?;
    let pool = |size| {
        PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.clone())
    };
    Ok((Db::Postgres(pool(8)), Db::Postgres(pool(1))))
}
