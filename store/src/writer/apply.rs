//! Every statement that changes the database.

use lazaret_npm::PackageName;

use super::transaction::Transaction;
use super::write::{Write, WriteError};
use crate::{
    audit_log, downloads, held, incidents, inspections, inventories, people, reviews, webhooks,
};

/// Runs one statement with the values of `$1`, `$2`, ... on either engine; gives the number of rows it touched.
macro_rules! execute {
    ($transaction:expr, $statement:literal, $($value:expr),+ $(,)?) => {
        match $transaction {
            $crate::writer::Transaction::Sqlite(transaction) => sqlx::query($statement)
                $(.bind($value))+
                .execute(&mut **transaction)
                .await?
                .rows_affected(),
            $crate::writer::Transaction::Postgres(transaction) => sqlx::query($statement)
                $(.bind($value))+
                .execute(&mut **transaction)
                .await?
                .rows_affected(),
        }
    };
}
pub(crate) use execute;

/// Applies `writes` in their order. After an error the transaction must be rolled back, wholly or to a savepoint.
pub(super) async fn all(transaction: &mut Transaction, writes: &[Write]) -> Result<(), WriteError> {
    for write in writes {
        one(transaction, write).await?;
    }
    Ok(())
}

async fn one(transaction: &mut Transaction, write: &Write) -> Result<(), WriteError> {
    match write {
        Write::Package(row) => execute!(
            transaction,
            "insert into package
                 (name, etag, last_modified, first_contact, checked_at, document_len, document)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (name) do update set
                 etag = excluded.etag, last_modified = excluded.last_modified, checked_at = excluded.checked_at,
                 document_len = excluded.document_len, document = excluded.document",
            row.name.as_str(),
            row.validators.etag.as_deref(),
            row.validators.last_modified.as_deref(),
            row.first_contact.as_millisecond(),
            row.checked_at.as_millisecond(),
            number(row.document_len),
            row.document.as_deref(),
        ),
        Write::Checked {
            name,
            at,
            validators,
        } => execute!(
            transaction,
            "update package set checked_at = $2, etag = $3, last_modified = $4 where name = $1",
            name.as_str(),
            at.as_millisecond(),
            validators.etag.as_deref(),
            validators.last_modified.as_deref(),
        ),
        Write::Appeared {
            name,
            version,
            absent_at,
        } => execute!(
            transaction,
            "insert into package_version (name, version, absent_at) values ($1, $2, $3)
             on conflict (name, version) do update set absent_at = excluded.absent_at, vanished_at = null",
            name.as_str(),
            version,
            absent_at.as_millisecond(),
        ),
        Write::Vanished {
            name,
            version,
            at,
            offered_integrity,
        } => execute!(
            transaction,
            "insert into package_version (name, version, vanished_at, offered_integrity)
             values ($1, $2, $3, $4)
             on conflict (name, version) do update set
                 vanished_at = excluded.vanished_at, offered_integrity = excluded.offered_integrity",
            name.as_str(),
            version,
            at.as_millisecond(),
            offered_integrity.as_deref(),
        ),
        Write::Pinned {
            name,
            version,
            sha512,
            sha256,
            sha1,
            size,
            weak,
            at,
            offered,
        } => {
            // The same bytes again were verified again, and are back from quarantine.
            execute!(
                transaction,
                "insert into content (sha512, sha256, sha1, size, stored_at, verified_at)
                 values ($1, $2, $3, $4, $5, $5)
                 on conflict (sha512) do update set verified_at = excluded.verified_at, quarantined_at = null",
                sha512,
                sha256,
                sha1,
                number(*size),
                at.as_millisecond(),
            );
            let pinned = execute!(
                transaction,
                "insert into pin (name, version, sha512, weak, offered_integrity, pinned_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (name, version) do nothing",
                name.as_str(),
                version,
                sha512,
                *weak,
                offered.as_deref(),
                at.as_millisecond(),
            );
            if pinned == 0 {
                same_pin(transaction, name, version, sha512).await?;
            }
            pinned
        }
        Write::Served {
            name,
            version,
            at,
            count,
        } => execute!(
            transaction,
            "insert into package_version (name, version, served_first_at, served_last_at, served_count)
             values ($1, $2, $3, $3, $4)
             on conflict (name, version) do update set
                 served_first_at = coalesce(package_version.served_first_at, excluded.served_first_at),
                 served_last_at = excluded.served_last_at,
                 served_count = package_version.served_count + excluded.served_count",
            name.as_str(),
            version,
            at.as_millisecond(),
            number(*count),
        ),
        Write::Verified { sha512, at } => execute!(
            transaction,
            "update content set verified_at = $2 where sha512 = $1",
            sha512,
            at.as_millisecond(),
        ),
        Write::Quarantined { sha512, at } => execute!(
            transaction,
            "update content set quarantined_at = $2 where sha512 = $1",
            sha512,
            at.as_millisecond(),
        ),
        Write::Event(event) => return audit_log::append(transaction, None, event).await,
        Write::Acted { actor, event } => {
            return audit_log::append(transaction, Some(actor), event).await;
        }
        Write::People(change) => return people::apply(transaction, change).await,
        Write::Inspection(change) => return inspections::apply(transaction, change).await,
        Write::Review(change) => return reviews::apply(transaction, change).await,
        Write::Incident(change) => return incidents::apply(transaction, change).await,
        Write::Inventory(change) => return inventories::apply(transaction, change).await,
        Write::Webhook(change) => return webhooks::apply(transaction, change).await,
        Write::Held { name, rows } => return held::apply(transaction, name, rows).await,
        Write::Download(handed, download) => {
            return downloads::apply(transaction, *handed, download).await;
        }
        Write::ForgetDownloads { before } => {
            return downloads::forget(transaction, *before).await;
        }
    };
    Ok(())
}

/// The version has a pin already: fine if it is this one.
async fn same_pin(
    transaction: &mut Transaction,
    name: &PackageName,
    version: &str,
    offered: &str,
) -> Result<(), WriteError> {
    let pinned = transaction.pin(name.as_str(), version).await?;
    if pinned == offered {
        return Ok(());
    }
    Err(WriteError::PinConflict {
        name: name.clone(),
        version: version.to_owned(),
        pinned,
        offered: offered.to_owned(),
    })
}

/// SQL's integers end at 2^63, far above any size or count there is.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
