//! A database that fails, as a full disk makes it.

use jiff::Timestamp;

use super::{Write, WriteError, Writer};
use crate::db::{Db, open_sqlite};
use crate::rows::{Event, Severity};

fn event(detail: usize) -> Vec<Write> {
    vec![Write::Event(Event {
        at: Timestamp::UNIX_EPOCH,
        kind: "test".into(),
        severity: Severity::Info,
        name: None,
        version: None,
        detail: "x".repeat(detail),
    })]
}

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let data = tempfile::tempdir().unwrap();
    let (reads, writes) = open_sqlite(&data.path().join("lazaret.db")).await.unwrap();
    let Db::Sqlite(connection) = writes.clone() else {
        unreachable!()
    };
    let writer = Writer::start(writes);

    // SQLite answers as for a full disk when the file may not grow.
    let limit = "pragma max_page_count = 40";
    sqlx::query(limit).execute(&connection).await.unwrap();
    let waiting = [1, 2, 3].map(|_| {
        let writer = writer.clone();
        tokio::spawn(async move { writer.write(event(500_000)).await })
    });
    for outcome in waiting {
        let Err(WriteError::Failed(reason)) = outcome.await.unwrap() else {
            panic!("there was room");
        };
        assert!(reason.contains("full"), "{reason}");
    }

    // The limit was the connection's, and that was replaced.
    writer.write(event(500_000)).await.unwrap();
    let events = reads.events(0, 10).await.unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [1]);
}

/// The audit log and the pins only grow: no statement of the program changes or removes their rows.
#[test]
fn no_statement_alters_a_pin_or_an_event() {
    let statements = include_str!("apply.rs").to_lowercase();
    for never in [
        "update pin",
        "update event",
        "delete from",
        "drop table",
        "replace into",
    ] {
        assert!(!statements.contains(never), "{never}");
    }
}
