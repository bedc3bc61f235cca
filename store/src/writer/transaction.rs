//! A writing transaction on either engine. At most one runs per database, so what it reads stays true until it commits.

use sqlx::{Postgres, Sqlite};

use crate::db::{Db, on};

/// Names this program's writers among PostgreSQL's advisory locks.
const WRITING: i64 = 0x6c61_7a61_7265_7400;

pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    pub(super) async fn begin(db: &Db) -> sqlx::Result<Self> {
        match db {
            // A deferred transaction that reads and then writes fails at once if another process wrote in between.
            Db::Sqlite(pool) => Ok(Self::Sqlite(pool.begin_with("begin immediate").await?)),
            Db::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                sqlx::query("select pg_advisory_xact_lock($1)")
                    .bind(WRITING)
                    .execute(&mut *transaction)
                    .await?;
                Ok(Self::Postgres(transaction))
            }
        }
    }

    pub(super) async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        on!(self, transaction => {
            sqlx::query(statement).execute(&mut **transaction).await?;
        });
        Ok(())
    }

    /// The address that a pinned version has.
    pub(super) async fn pin(&mut self, name: &str, version: &str) -> sqlx::Result<String> {
        on!(self, transaction => {
            sqlx::query_scalar("select sha512 from pin where name = $1 and version = $2")
                .bind(name)
                .bind(version)
                .fetch_one(&mut **transaction)
                .await
        })
    }

    pub(super) async fn commit(self) -> sqlx::Result<()> {
        on!(self, transaction => transaction.commit().await)
    }

    pub(super) async fn rollback(self) -> sqlx::Result<()> {
        on!(self, transaction => transaction.rollback().await)
    }
}
