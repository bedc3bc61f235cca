//! Who has what, who waits for what, and what is held, on either engine.

use jiff::Timestamp;
use lazaret_store::{Download, Handed, HeldRow, QueueFilter, QueueOrder, Write};

use crate::suite::suite;
use crate::world::{World, at, name};

suite! {
    downloads_add_up,
    what_was_downloaded_lately_is_named_once,
    old_downloads_are_forgotten,
    what_was_asked_for_is_told_with_its_first_time,
    the_queue_is_what_was_judged_last,
    the_queue_is_sorted_and_filtered,
    what_time_alone_let_go_is_remembered,
}

fn download(version: &str, client: &str, milliseconds: i64) -> Download {
    Download {
        name: name("chalk"),
        version: version.into(),
        client: client.into(),
        agent: format!("npm at {milliseconds}"),
        first_at: at(milliseconds),
        last_at: at(milliseconds),
        count: 2,
    }
}

async fn record(world: &World, handed: Handed, downloads: &[Download]) {
    let writes = downloads.iter().cloned();
    let writes = writes.map(|download| Write::Download(handed, download));
    world.store.write(writes.collect()).await.unwrap();
}

async fn what_was_downloaded_lately_is_named_once(world: World) {
    let of = |package: &str, milliseconds| Download {
        name: name(package),
        ..download("1.0.0", "a:10.0.0.1", milliseconds)
    };
    let downloads = [
        of("old", 10),
        of("chalk", 20),
        download("5.6.1", "t:abc", 50),
        of("debug", 40),
    ];
    record(&world, Handed::Out, &downloads).await;
    record(&world, Handed::Refused, &[of("refused", 60)]).await;
    let names = async |since, limit| {
        let names = world.store.db.downloaded_since(at(since), limit).await;
        let names = names.unwrap();
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names(20, 10).await, ["chalk", "debug"]);
    assert_eq!(names(20, 1).await, ["chalk"]);
    assert_eq!(names(10, 10).await, ["chalk", "debug", "old"]);
}

async fn downloads_add_up(world: World) {
    let (ours, theirs) = ("a:10.0.0.1", "t:abc");
    let downloads = [
        download("5.6.0", ours, 10),
        download("5.6.1", theirs, 15),
        download("5.6.1", ours, 20),
        download("5.6.1", ours, 30),
    ];
    record(&world, Handed::Out, &downloads).await;
    record(
        &world,
        Handed::Refused,
        &[download("5.6.1", "a:10.0.0.9", 40)],
    )
    .await;
    let db = &world.store.db;
    let who = async |versions: &[&str], limit| {
        let versions: Vec<_> = versions.iter().map(|&version| version.to_owned()).collect();
        db.who_has(&name("chalk"), &versions, limit).await.unwrap()
    };
    let added = Download {
        first_at: at(20),
        count: 4,
        ..download("5.6.1", ours, 30)
    };
    let answer = who(&["5.6.1"], 10).await;
    assert_eq!(answer.downloads, [added, download("5.6.1", theirs, 15)]);
    assert!(!answer.more);
    let cut = who(&["5.6.0", "5.6.1"], 2).await;
    assert_eq!((cut.downloads.len(), cut.more), (2, true));
    let whole = who(&["5.6.0", "5.6.1"], 3).await;
    assert_eq!((whole.downloads.len(), whole.more), (3, false));
    assert!(who(&["1.0.0"], 10).await.downloads.is_empty());

    let waiting = db.who_waits(&name("chalk"), "5.6.1", 10).await.unwrap();
    assert_eq!(waiting, [download("5.6.1", "a:10.0.0.9", 40)]);
    assert_eq!(db.refusals_since(at(40), 10).await.unwrap(), waiting);
    assert!(db.refusals_since(at(41), 10).await.unwrap().is_empty());
}

async fn old_downloads_are_forgotten(world: World) {
    record(
        &world,
        Handed::Out,
        &[download("5.6.0", "a:1", 10), download("5.6.0", "a:2", 20)],
    )
    .await;
    record(&world, Handed::Refused, &[download("5.6.1", "a:1", 10)]).await;
    world
        .store
        .write(vec![Write::ForgetDownloads { before: at(20) }])
        .await
        .unwrap();
    let db = &world.store.db;
    let left = db
        .who_has(&name("chalk"), &["5.6.0".to_owned()], 10)
        .await
        .unwrap();
    assert_eq!(left.downloads, [download("5.6.0", "a:2", 20)]);
    assert!(db.refusals_since(at(0), 10).await.unwrap().is_empty());
}

async fn what_was_asked_for_is_told_with_its_first_time(world: World) {
    let served = |version: &str, milliseconds| Write::Served {
        name: name("chalk"),
        version: version.into(),
        at: at(milliseconds),
        count: 1,
    };
    world
        .store
        .write(vec![
            served("5.6.0", 5),
            served("5.6.1", 30),
            served("5.6.1", 40),
        ])
        .await
        .unwrap();
    let refused = [
        download("5.6.1", "a:1", 20),
        download("5.6.2", "a:1", 50),
        download("5.6.2", "a:2", 45),
    ];
    record(&world, Handed::Refused, &refused).await;
    let db = &world.store.db;
    let asked = async |since, limit| {
        let asked = db.asked_since(at(since), limit).await.unwrap();
        asked
            .into_iter()
            .map(|(_, version, first)| (version, first))
            .collect::<Vec<_>>()
    };
    let of = |version: &str, first| (version.to_owned(), at(first));
    assert_eq!(asked(10, 10).await, [of("5.6.1", 20), of("5.6.2", 45)]);
    assert_eq!(asked(0, 1).await, [of("5.6.0", 5)]);
    assert!(asked(51, 10).await.is_empty());
}

fn held(package: &str, version: &str, since: i64) -> HeldRow {
    HeldRow {
        name: name(package),
        version: version.into(),
        outcome: "quarantine".into(),
        rule: "cooldown".into(),
        reason: "too young".into(),
        until: Some(at(1000)),
        since: at(since),
    }
}

async fn judged(world: &World, package: &str, rows: &[HeldRow]) {
    let name = name(package);
    let rows = rows.to_vec();
    world
        .store
        .write(vec![Write::Held { name, rows }])
        .await
        .unwrap();
}

async fn lines(world: &World, filter: &QueueFilter, now: Timestamp) -> Vec<(String, u64)> {
    let lines = world.store.db.queue(filter, now, 10, 0).await.unwrap();
    lines
        .into_iter()
        .map(|line| {
            (
                format!("{}@{}", line.held.name, line.held.version),
                line.waiting,
            )
        })
        .collect()
}

async fn the_queue_is_what_was_judged_last(world: World) {
    let all = QueueFilter::default();
    judged(
        &world,
        "chalk",
        &[held("chalk", "1.0.0", 10), held("chalk", "2.0.0", 10)],
    )
    .await;
    judged(&world, "debug", &[held("debug", "1.0.0", 10)]).await;
    let mut blocked = held("chalk", "2.0.0", 99);
    blocked.outcome = "block".into();
    judged(&world, "chalk", &[blocked, held("chalk", "3.0.0", 99)]).await;
    let queue = world.store.db.queue(&all, at(100), 10, 0).await.unwrap();
    let found: Vec<_> = queue
        .iter()
        .map(|line| &line.held)
        .map(|row| (&*row.version, &*row.outcome, row.since))
        .collect();
    assert_eq!(
        found,
        [
            ("3.0.0", "quarantine", at(99)),
            // Held since it was first seen to be.
            ("2.0.0", "block", at(10)),
            ("1.0.0", "quarantine", at(10)),
        ]
    );
    assert_eq!(
        world.store.db.queue_counts(at(100)).await.unwrap(),
        [
            ("block".into(), "cooldown".into(), 1),
            ("quarantine".into(), "cooldown".into(), 2)
        ]
    );
    // Time lets go by itself, without judging.
    assert!(lines(&world, &all, at(1000)).await.is_empty());
    assert!(
        world
            .store
            .db
            .queue_counts(at(1000))
            .await
            .unwrap()
            .is_empty()
    );
    judged(&world, "chalk", &[]).await;
    assert_eq!(
        lines(&world, &all, at(100)).await,
        [("debug@1.0.0".into(), 0)]
    );
}

async fn the_queue_is_sorted_and_filtered(world: World) {
    judged(&world, "chalk", &[held("chalk", "1.0.0", 10)]).await;
    let mut other = held("a_b", "1.0.0", 20);
    other.rule = "behaviour".into();
    judged(&world, "a_b", &[other]).await;
    judged(&world, "axb", &[held("axb", "1.0.0", 30)]).await;
    let asked = |client: &str| Download {
        version: "1.0.0".into(),
        ..download("1.0.0", client, 5)
    };
    record(&world, Handed::Refused, &[asked("a:1"), asked("a:2")]).await;
    let ids = async |filter: QueueFilter| {
        let lines = lines(&world, &filter, at(100)).await;
        lines
            .into_iter()
            .map(|(id, waiting)| format!("{id} {waiting}"))
            .collect::<Vec<_>>()
    };
    let all = QueueFilter::default();
    assert_eq!(
        ids(all.clone()).await,
        ["chalk@1.0.0 2", "axb@1.0.0 0", "a_b@1.0.0 0"]
    );
    let newest = QueueFilter {
        order: QueueOrder::Newest,
        ..all.clone()
    };
    assert_eq!(
        ids(newest).await,
        ["axb@1.0.0 0", "a_b@1.0.0 0", "chalk@1.0.0 2"]
    );
    let by_name = QueueFilter {
        order: QueueOrder::Name,
        ..all.clone()
    };
    assert_eq!(
        ids(by_name).await,
        ["a_b@1.0.0 0", "axb@1.0.0 0", "chalk@1.0.0 2"]
    );
    // What is searched for is text, not a pattern.
    let searched = QueueFilter {
        search: "A_B".into(),
        ..all.clone()
    };
    assert_eq!(ids(searched).await, ["a_b@1.0.0 0"]);
    let by_rule = QueueFilter {
        rule: "behaviour".into(),
        ..all.clone()
    };
    assert_eq!(ids(by_rule).await, ["a_b@1.0.0 0"]);
    let blocked = QueueFilter {
        outcome: "block".into(),
        ..all
    };
    assert!(ids(blocked).await.is_empty());
}

async fn what_time_alone_let_go_is_remembered(world: World) {
    let until = |version: &str, milliseconds| HeldRow {
        until: Some(at(milliseconds)),
        ..held("chalk", version, 1)
    };
    let never = HeldRow {
        until: None,
        ..held("chalk", "4.0.0", 1)
    };
    let far = until("3.0.0", 1 << 45);
    let rows = [until("1.0.0", 10), until("2.0.0", 20), far.clone(), never];
    judged(&world, "chalk", &rows).await;
    let served = Write::Served {
        name: name("chalk"),
        version: "1.0.0".into(),
        at: at(30),
        count: 3,
    };
    world.store.write(vec![served]).await.unwrap();
    let let_go = async |since, limit| {
        let found = world
            .store
            .db
            .let_go(at(since), at(1000), limit)
            .await
            .unwrap();
        let told: Vec<_> = found
            .0
            .into_iter()
            .map(|of| (of.version, of.at, of.served))
            .collect();
        (told, found.1)
    };
    let both = (
        vec![
            ("2.0.0".to_owned(), at(20), 0),
            ("1.0.0".to_owned(), at(10), 3),
        ],
        2,
    );
    // Before they are judged again, while one of them still stands in the queue, and after.
    assert_eq!(let_go(0, 10).await, both);
    judged(&world, "chalk", &[until("2.0.0", 20), far.clone()]).await;
    assert_eq!(let_go(0, 10).await, both);
    // What a person or a rule let go early is not among them.
    judged(&world, "chalk", &[]).await;
    assert_eq!(let_go(0, 10).await, both);
    assert_eq!(let_go(0, 1).await, (both.0[..1].to_vec(), 2));
    assert_eq!(let_go(10, 10).await.1, 1);
}
