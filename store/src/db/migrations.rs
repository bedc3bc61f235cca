//! The list of migrations. Each runs once, in its own transaction; a released one never changes: add a file and a line.

use anyhow::{Context, Result};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr};

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../../migrations/0001_start.sql")),
    (
        2,
        "inspections",
        include_str!("../../migrations/0002_inspections.sql"),
    ),
    (
        3,
        "people",
        include_str!("../../migrations/0003_people.sql"),
    ),
    (
        4,
        "incidents",
        include_str!("../../migrations/0004_incidents.sql"),
    ),
    (
        5,
        "webhooks",
        include_str!("../../migrations/0005_webhooks.sql"),
    ),
    (
        6,
        "inventories",
        include_str!("../../migrations/0006_inventories.sql"),
    ),
    (7, "time", include_str!("../../migrations/0007_time.sql")),
    (8, "queue", include_str!("../../migrations/0008_queue.sql")),
];

pub(super) async fn run_sqlite(pool: &SqlitePool) -> Result<()> {
    // Of two processes that open a new file at once, the second waits here and then finds the work done.
    let mut transaction = pool.begin_with("begin immediate").await?;
    told(migrator("BLOB").run(&mut *transaction).await)?;
    Ok(transaction.commit().await?)
}

pub(super) async fn run_postgres(connection: &mut PgConnection) -> Result<()> {
    told(migrator("BYTEA").run(connection).await)
}

/// The list, in the dialect that calls a column of bytes `bytes`.
fn migrator(bytes: &str) -> Migrator {
    let migration = |&(version, description, sql): &(i64, &'static str, &str)| {
        let sql = AssertSqlSafe(sql.replace("BLOB", bytes)).into_sql_str();
        Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            sql,
            false,
        )
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

fn told(result: Result<(), MigrateError>) -> Result<()> {
    match result {
        Err(MigrateError::VersionMissing(version)) => Err(anyhow::anyhow!(
            "the database was written by a newer lazaret (it has migration {version}): update this program"
        )),
        other => other.context("cannot bring the database up to date"),
    }
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn every_file_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS
            .iter()
            .map(|(version, description, _)| format!("{version:04}_{description}.sql"))
            .collect();
        assert_eq!(files, listed);
    }
}
