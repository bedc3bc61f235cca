//! What holds on either engine.

use lazaret_store::{
    ContentRow, Severity, Store, Totals, Validators, VersionRow, Write, WriteError,
};

use crate::world::{World, address, at, event, name, package, pinned};

/// The list of tests, each run on both engines.
macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::world::World::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::world::World::postgres().await).await;
            })+
        }
    };
}
pub(crate) use suite;

suite! {
    a_package_is_read_as_written,
    first_contact_never_moves,
    a_version_has_a_history,
    a_pin_never_changes,
    an_ask_is_stored_whole_or_not_at_all,
    a_refused_ask_takes_no_other_with_it,
    content_is_verified_in_turn,
    content_comes_in_pages,
    events_are_numbered_in_order,
    two_processes_write_at_once,
    close_stores_what_is_queued,
    a_newer_database_is_left_alone,
    what_postgres_cannot_hold_is_refused_at_once,
}

async fn a_package_is_read_as_written(world: World) {
    let db = &world.store.db;
    assert_eq!(db.package(&name("chalk")).await.unwrap(), None);

    let mut row = package("chalk", &[0, 159, 146, 150]);
    world
        .store
        .write(vec![Write::Package(row.clone())])
        .await
        .unwrap();
    assert_eq!(db.package(&name("chalk")).await.unwrap().unwrap(), row);

    row.validators = Validators {
        etag: None,
        last_modified: Some("today".into()),
    };
    row.checked_at = at(2000);
    let checked = Write::Checked {
        name: name("chalk"),
        at: row.checked_at,
        validators: row.validators.clone(),
    };
    world.store.write(vec![checked]).await.unwrap();
    assert_eq!(db.package(&name("chalk")).await.unwrap().unwrap(), row);

    row.document = None;
    row.document_len = 0;
    world
        .store
        .write(vec![Write::Package(row.clone())])
        .await
        .unwrap();
    let world = world.reopen().await;
    assert_eq!(
        world
            .store
            .db
            .package(&name("chalk"))
            .await
            .unwrap()
            .unwrap(),
        row
    );
}

async fn first_contact_never_moves(world: World) {
    let mut row = package("chalk", b"one");
    world
        .store
        .write(vec![Write::Package(row.clone())])
        .await
        .unwrap();
    row.first_contact = at(9000);
    row.document = Some(b"two".to_vec());
    world.store.write(vec![Write::Package(row)]).await.unwrap();
    let row = world
        .store
        .db
        .package(&name("chalk"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.first_contact, row.document),
        (at(1000), Some(b"two".to_vec()))
    );
}

async fn a_version_has_a_history(world: World) {
    let (chalk, version) = (name("chalk"), String::from("5.6.1"));
    let served = |milliseconds, count| Write::Served {
        name: chalk.clone(),
        version: version.clone(),
        at: at(milliseconds),
        count,
    };
    let appeared = |milliseconds| Write::Appeared {
        name: chalk.clone(),
        version: version.clone(),
        absent_at: at(milliseconds),
    };
    let vanished = Write::Vanished {
        name: chalk.clone(),
        version: version.clone(),
        at: at(50),
        offered_integrity: Some("sha512-gone".into()),
    };
    let mut expected = VersionRow::new(&version);
    expected.absent_at = Some(at(10));
    world.store.write(vec![appeared(10)]).await.unwrap();
    assert_eq!(world.version("chalk", "5.6.1").await.unwrap(), expected);

    world.store.write(vec![vanished]).await.unwrap();
    expected.vanished_at = Some(at(50));
    expected.offered_integrity = Some("sha512-gone".into());
    assert_eq!(world.version("chalk", "5.6.1").await.unwrap(), expected);

    let again = vec![appeared(60), pinned("chalk", "5.6.1", &address(1), 70)];
    world.store.write(again).await.unwrap();
    world
        .store
        .write(vec![served(80, 2), served(90, 3)])
        .await
        .unwrap();
    expected.absent_at = Some(at(60));
    expected.vanished_at = None;
    expected.offered_integrity = Some("sha512-offered".into());
    expected.sha512 = Some(address(1));
    expected.size = Some(10);
    expected.pinned_at = Some(at(70));
    expected.served_first_at = Some(at(80));
    expected.served_last_at = Some(at(90));
    expected.served_count = 5;
    assert_eq!(world.version("chalk", "5.6.1").await.unwrap(), expected);

    // A pin alone is history too, and other packages are not in it.
    world
        .store
        .write(vec![pinned("chalk", "5.6.2", &address(1), 1)])
        .await
        .unwrap();
    world
        .store
        .write(vec![pinned("debug", "1.0.0", &address(1), 1)])
        .await
        .unwrap();
    let db = &world.store.db;
    assert_eq!(db.history(&chalk).await.unwrap().versions.len(), 2);
    assert_eq!(db.served_versions(&chalk).await.unwrap(), ["5.6.1"]);
    assert_eq!(db.pinned(&address(1)).await.unwrap().len(), 3);
    let totals = Totals {
        packages: 0,
        pins: 3,
        bytes: 10,
    };
    assert_eq!(db.totals().await.unwrap(), totals);
}

async fn a_pin_never_changes(world: World) {
    let first = || vec![pinned("chalk", "5.6.1", &address(1), 1)];
    world.store.write(first()).await.unwrap();
    world.store.write(first()).await.unwrap();

    let other = vec![pinned("chalk", "5.6.1", &address(2), 2), event("never")];
    let Err(WriteError::PinConflict {
        name: who,
        version,
        pinned,
        offered,
    }) = world.store.write(other).await
    else {
        panic!("the pin moved");
    };
    assert_eq!((who, &*version), (name("chalk"), "5.6.1"));
    assert_eq!((pinned, offered), (address(1), address(2)));
    let kept = world.version("chalk", "5.6.1").await.unwrap();
    assert_eq!(
        (kept.sha512, kept.pinned_at),
        (Some(address(1)), Some(at(1)))
    );
    // Nothing of the refused ask is left, not even the content that nobody is pinned to.
    assert_eq!(world.store.db.totals().await.unwrap().bytes, 10);
    assert_eq!(world.store.db.events(0, 10).await.unwrap(), []);
}

async fn an_ask_is_stored_whole_or_not_at_all(world: World) {
    let mut bad = pinned("b", "1.0.0", &address(2), 1);
    if let Write::Pinned { sha1, .. } = &mut bad {
        *sha1 = "not a sha1".into();
    }
    let writes = vec![event("one"), pinned("a", "1.0.0", &address(1), 1), bad];
    let Err(WriteError::Failed(reason)) = world.store.write(writes).await else {
        panic!("a broken row was stored");
    };
    assert!(reason.to_lowercase().contains("check"), "{reason}");
    assert_eq!(world.store.db.events(0, 10).await.unwrap(), []);
    assert_eq!(world.store.db.totals().await.unwrap(), Totals::default());
}

async fn a_refused_ask_takes_no_other_with_it(world: World) {
    world
        .store
        .write(vec![pinned("p", "1.0.0", &address(0), 1)])
        .await
        .unwrap();
    let asks = (0..100).map(|number| {
        let (store, package) = (world.store.clone(), format!("p{number}"));
        // Every tenth wants what cannot be.
        let package = if number % 10 == 0 {
            "p".into()
        } else {
            package
        };
        tokio::spawn(async move {
            let write = pinned(&package, "1.0.0", &address(number + 1), 1);
            let outcome = store.write(vec![write]).await;
            assert_eq!(outcome.is_err(), number % 10 == 0, "{number}: {outcome:?}");
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await.unwrap();
    }
    assert_eq!(world.store.db.totals().await.unwrap().pins, 91);
}

async fn content_is_verified_in_turn(world: World) {
    let pins = (1..=4).map(|number| {
        let milliseconds = i64::try_from(number).unwrap() * 10;
        pinned(
            "chalk",
            &format!("{number}.0.0"),
            &address(number),
            milliseconds,
        )
    });
    world.store.write(pins.collect()).await.unwrap();
    let verified = Write::Verified {
        sha512: address(1),
        at: at(99),
    };
    world.store.write(vec![verified]).await.unwrap();
    world.store.quarantine(&address(2), at(98)).await.unwrap();

    let addresses =
        |rows: Vec<ContentRow>| rows.into_iter().map(|row| row.sha512).collect::<Vec<_>>();
    let stalest = world.store.db.stalest_content(2).await.unwrap();
    assert_eq!(addresses(stalest), [address(3), address(4)]);
    let held = world.version("chalk", "2.0.0").await.unwrap();
    assert_eq!(
        (held.sha512, held.quarantined_at),
        (Some(address(2)), Some(at(98)))
    );

    // The right bytes came again: back in service.
    world
        .store
        .write(vec![pinned("chalk", "2.0.0", &address(2), 100)])
        .await
        .unwrap();
    assert_eq!(
        world
            .version("chalk", "2.0.0")
            .await
            .unwrap()
            .quarantined_at,
        None
    );
    let stalest = world.store.db.stalest_content(10).await.unwrap();
    assert_eq!(
        addresses(stalest),
        [address(3), address(4), address(1), address(2)]
    );
}

async fn content_comes_in_pages(world: World) {
    let pins = (1..=5).map(|number| pinned("a", &format!("{number}.0.0"), &address(number), 1));
    world.store.write(pins.collect()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.store.db.content(&after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after.clone_from(&last.sha512);
        seen.extend(page.into_iter().map(|row| row.sha512));
    }
    assert_eq!(seen, (1..=5).map(address).collect::<Vec<_>>());
}

async fn events_are_numbered_in_order(world: World) {
    for kind in ["one", "two", "three"] {
        world.store.write(vec![event(kind)]).await.unwrap();
    }
    let page = world.store.db.events(1, 1).await.unwrap();
    let [second] = &*page else { panic!("{page:?}") };
    assert_eq!((second.id, &*second.event.kind), (2, "two"));
    assert_eq!(second.event.severity, Severity::Critical);
    assert_eq!(second.event.name, Some(name("@scope/chalk")));
    assert_eq!(second.event.detail, "{\"was\":1}");
    assert_eq!(world.store.db.events(3, 10).await.unwrap(), []);
    let chalk = name("@scope/chalk");
    let last = world.store.db.last_event("two", &chalk, "5.6.1").await;
    assert_eq!(last.unwrap(), Some(second.event.clone()));
    let other = world.store.db.last_event("two", &chalk, "5.6.0").await;
    assert_eq!(other.unwrap(), None);
}

async fn two_processes_write_at_once(world: World) {
    let writers = [world.store.clone(), world.neighbour().await].map(|store| {
        tokio::spawn(async move {
            for number in 0..50 {
                store
                    .write(vec![event(&format!("{number}"))])
                    .await
                    .unwrap();
            }
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
    let events = world.store.db.events(0, 1000).await.unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=100).collect::<Vec<_>>());
}

async fn close_stores_what_is_queued(world: World) {
    for number in 0..3000 {
        world
            .store
            .queue(vec![event(&format!("{number}"))])
            .await
            .unwrap();
    }
    world.store.close().await;
    assert!(matches!(
        world.store.write(vec![event("late")]).await,
        Err(WriteError::Closed)
    ));
    assert!(world.store.db.events(0, 1).await.is_err());
    let world = world.reopen().await;
    let last = world.store.db.events(2999, 10).await.unwrap();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].event.kind, "2999");
}

async fn a_newer_database_is_left_alone(world: World) {
    let statement = "update _sqlx_migrations set version = 9999 where version = 1";
    match &world.database {
        Some(url) => {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        None => {
            let file = world.data.path().join("lazaret.db");
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
    }
    let error = Store::open(world.data.path(), world.database.as_deref()).await;
    let error = error.err().unwrap().to_string();
    assert!(error.contains("newer lazaret"), "{error}");
}

async fn what_postgres_cannot_hold_is_refused_at_once(world: World) {
    for version in ["1.0.0\0".to_owned(), "1".repeat(257)] {
        let write = pinned("chalk", &version, &address(1), 1);
        let outcome = world.store.queue(vec![write]).await;
        assert!(
            matches!(outcome, Err(WriteError::Refused(_))),
            "{outcome:?}"
        );
    }
    let write = pinned("chalk", "1.0.0", &"X".repeat(128), 1);
    let outcome = world.store.queue(vec![write]).await;
    assert!(matches!(outcome, Err(WriteError::Refused(_))));
}
