//! What was inspected and what is to be, on either engine.

use jiff::Timestamp;
use lazaret_store::{
    Inspection, InspectionChange, PackedReport, QueueCounts, QueuedInspection, Write, WriteError,
};

use crate::suite::suite;
use crate::world::{World, address, at, name};

suite! {
    an_inspection_is_read_as_written_and_replaced_by_a_later_one,
    the_queue_goes_by_priority_and_age,
    a_version_is_taken_once,
    a_failure_waits_and_in_the_end_is_dead,
    what_was_at_work_when_a_server_died_waits_again,
    an_inspection_ends_the_waiting,
    what_an_older_inspector_saw_is_inspected_again,
    what_no_database_should_see_is_refused,
}

fn inspection(package: &str, version: &str) -> Inspection {
    Inspection {
        name: name(package),
        version: version.into(),
        sha512: address(1),
        against: Some("1.0.0".into()),
        against_sha512: Some(address(2)),
        outcome: "quarantine".into(),
        summary: "network-use: index.js:3: asks a host".into(),
        score: 120,
        signals: "[]".into(),
        inspected_at: at(50),
        inspector_version: "1+1".into(),
    }
}

fn done(inspection: &Inspection, report: &str) -> Write {
    let report = PackedReport::pack(report.as_bytes()).unwrap();
    change(InspectionChange::Done(Box::new(inspection.clone()), report))
}

fn change(change: InspectionChange) -> Write {
    Write::Inspection(change)
}

fn queued(package: &str, version: &str, priority: i64, milliseconds: i64) -> QueuedInspection {
    QueuedInspection::new(name(package), version, priority, at(milliseconds))
}

fn taken(package: &str, version: &str) -> Write {
    change(InspectionChange::Taken {
        name: name(package),
        version: version.into(),
    })
}

fn failed(package: &str, version: &str, again: Option<Timestamp>) -> Write {
    change(InspectionChange::Failed {
        name: name(package),
        version: version.into(),
        error: "the upstream is down".into(),
        again,
    })
}

async fn write(world: &World, write: Write) {
    world.store.write(vec![write]).await.unwrap();
}

async fn put(world: &World, rows: Vec<QueuedInspection>) {
    write(world, change(InspectionChange::Queued(rows))).await;
}

/// The versions whose turn it is at a moment.
async fn due(world: &World, milliseconds: i64) -> Vec<String> {
    let due = world.store.db.inspections_due(at(milliseconds), 100).await;
    let id = |row: QueuedInspection| format!("{}@{}", row.name, row.version);
    due.unwrap().into_iter().map(id).collect()
}

async fn an_inspection_is_read_as_written_and_replaced_by_a_later_one(world: World) {
    let db = &world.store.db;
    let mut inspection = inspection("chalk", "1.0.1");
    let nothing = db.inspection(&inspection.name, "1.0.1").await.unwrap();
    assert_eq!(nothing, None);
    write(&world, done(&inspection, "{\"schema\":1}")).await;
    let found = db.inspection(&inspection.name, "1.0.1").await.unwrap();
    assert_eq!(found.as_ref(), Some(&inspection));
    let report = db.inspection_report(&inspection).await.unwrap().unwrap();
    assert_eq!(report.json().unwrap(), b"{\"schema\":1}");

    let cold = Inspection {
        against: None,
        against_sha512: None,
        outcome: "allow".into(),
        inspector_version: "2+1".into(),
        ..inspection.clone()
    };
    write(&world, done(&cold, "{}")).await;
    let all = db.inspections_of(&inspection.name).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&cold));
    let report = db.inspection_report(&cold).await.unwrap().unwrap();
    assert_eq!(report.json().unwrap(), b"{}");

    let blocked = Inspection {
        outcome: "block".into(),
        inspected_at: at(60),
        ..self::inspection("debug", "4.4.2")
    };
    write(&world, done(&blocked, "{}")).await;
    let found = db.blocked_inspections(10).await.unwrap();
    assert_eq!(found, [blocked]);

    // Of the same bytes there is one report, whatever they are called.
    inspection.name = name("chulk");
    write(&world, done(&inspection, "{\"schema\":2}")).await;
    let report = db.inspection_report(&inspection).await.unwrap().unwrap();
    assert_eq!(report.json().unwrap(), b"{\"schema\":2}");
}

async fn the_queue_goes_by_priority_and_age(world: World) {
    let rows = vec![
        queued("a", "1.0.0", 1, 20),
        queued("b", "1.0.0", 5, 30),
        queued("c", "1.0.0", 1, 10),
        queued("d", "1.0.0", 9, 99),
    ];
    put(&world, rows).await;
    assert_eq!(due(&world, 50).await, ["b@1.0.0", "c@1.0.0", "a@1.0.0"]);
    // Queued again it only gains.
    put(
        &world,
        vec![queued("a", "1.0.0", 7, 40), queued("b", "1.0.0", 0, 40)],
    )
    .await;
    assert_eq!(due(&world, 50).await, ["a@1.0.0", "b@1.0.0", "c@1.0.0"]);
    let counts = world.store.db.queue_state().await.unwrap();
    let expected = QueueCounts {
        queued: 4,
        oldest: Some(at(10)),
        ..QueueCounts::default()
    };
    assert_eq!(counts, expected);
    let waiting = world.store.db.inspections_waiting(2).await.unwrap();
    assert_eq!(waiting.len(), 2);
    assert_eq!(waiting[0].name, name("d"));
}

async fn a_version_is_taken_once(world: World) {
    put(&world, vec![queued("a", "1.0.0", 1, 1)]).await;
    write(&world, taken("a", "1.0.0")).await;
    for version in ["1.0.0", "2.0.0"] {
        let again = world.store.write(vec![taken("a", version)]).await;
        assert!(matches!(again, Err(WriteError::Conflict(_))), "{again:?}");
    }
    assert_eq!(due(&world, 50).await, [""; 0]);
    assert_eq!(world.store.db.queue_state().await.unwrap().running, 1);
}

async fn a_failure_waits_and_in_the_end_is_dead(world: World) {
    put(&world, vec![queued("a", "1.0.0", 1, 1)]).await;
    write(&world, taken("a", "1.0.0")).await;
    write(&world, failed("a", "1.0.0", Some(at(60)))).await;
    assert_eq!(due(&world, 59).await, [""; 0]);
    assert_eq!(due(&world, 60).await, ["a@1.0.0"]);
    write(&world, taken("a", "1.0.0")).await;
    write(&world, failed("a", "1.0.0", None)).await;
    assert_eq!(due(&world, 99).await, [""; 0]);
    let dead = world.store.db.dead_letters(10).await.unwrap();
    assert_eq!(dead[0].attempts, 2);
    assert_eq!(dead[0].error.as_deref(), Some("the upstream is down"));

    // What is dead is not put back by being seen again, but by a person.
    put(&world, vec![queued("a", "1.0.0", 8, 70)]).await;
    assert_eq!(due(&world, 99).await, [""; 0]);
    let revived = InspectionChange::Revived {
        name: name("a"),
        version: "1.0.0".into(),
        at: at(80),
    };
    write(&world, change(revived)).await;
    assert_eq!(due(&world, 99).await, ["a@1.0.0"]);
}

async fn what_was_at_work_when_a_server_died_waits_again(world: World) {
    put(
        &world,
        vec![queued("a", "1.0.0", 1, 1), queued("b", "1.0.0", 1, 1)],
    )
    .await;
    for _ in 0..2 {
        write(&world, taken("a", "1.0.0")).await;
        write(&world, failed("a", "1.0.0", Some(at(2)))).await;
    }
    write(&world, taken("a", "1.0.0")).await;
    write(&world, taken("b", "1.0.0")).await;
    let world = world.reopen().await;
    write(&world, change(InspectionChange::Resumed { most: 3 })).await;
    assert_eq!(due(&world, 50).await, ["b@1.0.0"]);
    // Whoever kills the server each time does not get another chance by itself.
    let dead = world.store.db.dead_letters(10).await.unwrap();
    assert_eq!(dead[0].name, name("a"));
    assert!(dead[0].error.as_ref().unwrap().contains("server ended"));
}

async fn an_inspection_ends_the_waiting(world: World) {
    put(
        &world,
        vec![
            queued("chalk", "1.0.1", 1, 1),
            queued("gone", "1.0.0", 1, 1),
        ],
    )
    .await;
    write(&world, done(&inspection("chalk", "1.0.1"), "{}")).await;
    let dropped = InspectionChange::Dropped {
        name: name("gone"),
        version: "1.0.0".into(),
    };
    write(&world, change(dropped)).await;
    let counts = world.store.db.queue_state().await.unwrap();
    assert_eq!(counts, QueueCounts::default());
}

async fn what_an_older_inspector_saw_is_inspected_again(world: World) {
    let older = inspection("chalk", "1.0.1");
    let used = inspection("debug", "1.0.1");
    let newer = Inspection {
        inspector_version: "2+1".into(),
        ..inspection("ms", "1.0.1")
    };
    for inspection in [&older, &used, &newer] {
        write(&world, done(inspection, "{}")).await;
    }
    let served = Write::Served {
        name: name("debug"),
        version: "1.0.1".into(),
        at: at(1),
        count: 5,
    };
    write(&world, served).await;
    put(&world, vec![queued("new", "1.0.0", 0, 1)]).await;
    let outdated = InspectionChange::Outdated {
        inspector: "2+1".into(),
        at: at(2),
    };
    write(&world, change(outdated)).await;
    assert_eq!(
        due(&world, 50).await,
        ["new@1.0.0", "debug@1.0.1", "chalk@1.0.1"]
    );
}

async fn what_no_database_should_see_is_refused(world: World) {
    let good = inspection("chalk", "1.0.1");
    let bad = [
        Inspection {
            sha512: "12".into(),
            ..good.clone()
        },
        Inspection {
            summary: "\0".into(),
            ..good.clone()
        },
        Inspection {
            against_sha512: Some("12".into()),
            ..good
        },
    ];
    for inspection in bad {
        let outcome = world.store.write(vec![done(&inspection, "{}")]).await;
        assert!(matches!(outcome, Err(WriteError::Refused(_))));
    }
}
