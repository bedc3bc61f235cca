//! What turned out bad, who has it, and what webhooks tell of it, on either engine.

use lazaret_store::{
    Closing, DeliveryState, Download, Event, Handed, HeldRow, IncidentChange, NewDelivery, News,
    Severity, WebhookChange, Write, WriteError,
};

use crate::deciding::with_anna;
use crate::suite::suite;
use crate::world::{World, address, at, name, pinned};

suite! {
    an_incident_is_opened_once,
    what_was_never_served_is_no_incident,
    clients_are_kept_and_join,
    a_closed_incident_stays_closed,
    what_was_served_comes_in_pages,
    news_tell_what_changed_for_people,
    a_delivery_is_tried_until_it_arrives_or_is_given_up,
}

fn served(version: &str) -> Write {
    Write::Served {
        name: name("chalk"),
        version: version.into(),
        at: at(10),
        count: 3,
    }
}

fn downloaded(version: &str, client: &str, milliseconds: i64) -> Write {
    let download = Download {
        name: name("chalk"),
        version: version.into(),
        client: client.into(),
        agent: "npm".into(),
        first_at: at(milliseconds),
        last_at: at(milliseconds),
        count: 1,
    };
    Write::Download(Handed::Out, download)
}

fn opened(id: &str, version: &str, rule: &str) -> Write {
    let event = Event {
        at: at(100),
        kind: "recalled".into(),
        severity: Severity::Critical,
        name: Some(name("chalk")),
        version: Some(version.into()),
        detail: "{}".into(),
    };
    Write::Incident(IncidentChange::Opened {
        id: id.into(),
        name: name("chalk"),
        version: version.into(),
        rule: rule.into(),
        reason: "it is malware".into(),
        url: None,
        event,
    })
}

fn closed(id: &str) -> Write {
    Write::Incident(IncidentChange::Closed {
        id: id.into(),
        closing: Closing {
            at: at(200),
            person: "anna".into(),
            reason: "all machines are clean".into(),
        },
    })
}

async fn write(world: &World, writes: Vec<Write>) {
    world.store.write(writes).await.unwrap();
}

async fn recalls(world: &World) -> usize {
    let events = world.store.db.events(0, 100).await.unwrap();
    let recalls = events.iter().filter(|event| event.event.kind == "recalled");
    recalls.count()
}

async fn an_incident_is_opened_once(world: World) {
    write(
        &world,
        vec![served("5.6.1"), opened("one", "5.6.1", "malicious")],
    )
    .await;
    write(
        &world,
        vec![
            opened("two", "5.6.1", "malicious"),
            opened("three", "5.6.1", "review"),
        ],
    )
    .await;
    let world = world.reopen().await;
    write(&world, vec![opened("four", "5.6.1", "malicious")]).await;
    let db = &world.store.db;
    let open = db.incidents(true, 10).await.unwrap();
    assert_eq!(open.len(), 1);
    let incident = &open[0];
    assert_eq!((&*incident.id, &*incident.rule), ("one", "malicious"));
    assert_eq!(
        (incident.served_first_at, incident.served_count),
        (Some(at(10)), 3)
    );
    assert_eq!((incident.opened_at, &incident.closed), (at(100), &None));
    assert_eq!(db.incident("one").await.unwrap().as_ref(), Some(incident));
    assert_eq!(
        db.incidents_of(&name("chalk"), "5.6.1").await.unwrap(),
        open
    );
    assert_eq!(db.incident("two").await.unwrap(), None);
    assert!(db.incidents(false, 10).await.unwrap().is_empty());
    assert_eq!(recalls(&world).await, 1);
    let news = db.news(10).await.unwrap();
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].news.kind, "recalled");
}

async fn what_was_never_served_is_no_incident(world: World) {
    write(&world, vec![opened("one", "5.6.1", "malicious")]).await;
    assert!(world.store.db.incidents(true, 10).await.unwrap().is_empty());
    assert_eq!(recalls(&world).await, 0);
    assert!(world.store.db.news(10).await.unwrap().is_empty());
}

async fn clients_are_kept_and_join(world: World) {
    write(
        &world,
        vec![
            served("5.6.1"),
            downloaded("5.6.0", "a:10.0.0.9", 5),
            downloaded("5.6.1", "a:10.0.0.1", 10),
            opened("one", "5.6.1", "malicious"),
        ],
    )
    .await;
    // One was on its way when the incident was opened; one names it in an audit; and the downloads are forgotten.
    let audited = |client: &str, milliseconds| {
        Write::Incident(IncidentChange::Audited {
            id: "one".into(),
            client: client.into(),
            agent: "npm/11".into(),
            at: at(milliseconds),
        })
    };
    write(
        &world,
        vec![
            downloaded("5.6.1", "t:abc", 20),
            opened("two", "5.6.1", "malicious"),
            audited("t:abc", 30),
            audited("a:10.0.0.3", 40),
            audited("t:abc", 50),
            Write::ForgetDownloads { before: at(1000) },
        ],
    )
    .await;
    let db = &world.store.db;
    let clients = db.incident_clients("one", 10).await.unwrap();
    let told: Vec<_> = clients
        .iter()
        .map(|of| (&*of.client, of.first_at, of.count, of.audited_at))
        .collect();
    assert_eq!(
        told,
        [
            ("a:10.0.0.3", None, 0, Some(at(40))),
            ("t:abc", Some(at(20)), 1, Some(at(50))),
            ("a:10.0.0.1", Some(at(10)), 1, None),
        ]
    );
    assert_eq!(db.incident_clients("one", 1).await.unwrap().len(), 1);
    assert_eq!(db.incident("one").await.unwrap().unwrap().clients, 3);
}

async fn a_closed_incident_stays_closed(world: World) {
    with_anna(&world).await;
    write(
        &world,
        vec![
            served("5.6.1"),
            opened("one", "5.6.1", "behaviour"),
            closed("one"),
        ],
    )
    .await;
    let again = world.store.write(vec![closed("one")]).await;
    assert!(matches!(again, Err(WriteError::Conflict(_))));
    write(&world, vec![opened("two", "5.6.1", "behaviour")]).await;
    let db = &world.store.db;
    assert!(db.incidents(true, 10).await.unwrap().is_empty());
    let ended = db.incidents(false, 10).await.unwrap();
    let closing = ended[0].closed.as_ref().unwrap();
    assert_eq!((&*closing.person, closing.at), ("anna", at(200)));
    assert_eq!(closing.reason, "all machines are clean");
    // Another rule is another matter.
    write(&world, vec![opened("three", "5.6.1", "malicious")]).await;
    let open = db.incidents(true, 10).await.unwrap();
    assert_eq!(open[0].id, "three");
    assert_eq!(recalls(&world).await, 2);
}

async fn what_was_served_comes_in_pages(world: World) {
    let unserved = Write::Appeared {
        name: name("chalk"),
        version: "5.7.0".into(),
        absent_at: at(5),
    };
    write(
        &world,
        vec![
            served("5.6.1"),
            served("5.6.0"),
            unserved,
            pinned("chalk", "5.6.1", &address(7), 5),
        ],
    )
    .await;
    let db = &world.store.db;
    let all = db.served_after("", "", 10).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|of| (&*of.version, of.sha512.clone()))
        .collect();
    assert_eq!(told, [("5.6.0", None), ("5.6.1", Some(address(7)))]);
    assert_eq!(db.served_after("", "", 1).await.unwrap(), all[..1]);
    assert_eq!(
        db.served_after("chalk", "5.6.0", 10).await.unwrap(),
        all[1..]
    );
    assert!(
        db.served_after("chalk", "5.6.1", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(db.served_after("bhalk", "9.0.0", 10).await.unwrap(), all);
}

fn held(version: &str, outcome: &str, rule: &str) -> HeldRow {
    HeldRow {
        name: name("chalk"),
        version: version.into(),
        outcome: outcome.into(),
        rule: rule.into(),
        reason: format!("held by {rule}"),
        until: None,
        since: at(1),
    }
}

async fn judged(world: &World, rows: Vec<HeldRow>) -> Vec<String> {
    let name = name("chalk");
    write(world, vec![Write::Held { name, rows }]).await;
    let news = world.store.db.news(100).await.unwrap();
    let Some(last) = news.last() else {
        return Vec::new();
    };
    let told = Write::Webhook(WebhookChange::Told {
        up_to: last.id,
        deliveries: Vec::new(),
    });
    write(world, vec![told]).await;
    let told = news.iter().map(|row| &row.news);
    told.map(|news| format!("{} {}", news.version.as_deref().unwrap(), news.kind))
        .collect()
}

async fn news_tell_what_changed_for_people(world: World) {
    let young = || held("3.0.0", "quarantine", "cooldown");
    let found = judged(
        &world,
        vec![
            held("1.0.0", "block", "malicious"),
            held("2.0.0", "quarantine", "behaviour"),
            young(),
        ],
    );
    assert_eq!(found.await, ["1.0.0 blocked", "2.0.0 held"]);
    let same = vec![
        held("1.0.0", "block", "review"),
        held("2.0.0", "quarantine", "behaviour"),
        young(),
    ];
    assert!(judged(&world, same).await.is_empty());
    let worse = vec![
        held("2.0.0", "block", "malicious"),
        held("3.0.0", "quarantine", "behaviour"),
    ];
    assert_eq!(
        judged(&world, worse).await,
        ["2.0.0 blocked", "3.0.0 held", "1.0.0 released"]
    );
    // From a block back to the cooldown: it is let go as far as anybody decided anything.
    let better = vec![held("2.0.0", "quarantine", "cooldown")];
    let mut told = judged(&world, better).await;
    told.sort();
    assert_eq!(told, ["2.0.0 released", "3.0.0 released"]);
    assert!(judged(&world, Vec::new()).await.is_empty());
}

async fn a_delivery_is_tried_until_it_arrives_or_is_given_up(world: World) {
    let news = |kind: &str| {
        Write::Webhook(WebhookChange::News(News {
            at: at(1),
            kind: kind.into(),
            name: None,
            version: None,
            detail: "{}".into(),
        }))
    };
    write(&world, vec![news("feed-stale"), news("held"), news("held")]).await;
    let db = &world.store.db;
    let all = db.news(2).await.unwrap();
    assert_eq!(all.len(), 2);
    let delivery = |id: &str, milliseconds| NewDelivery {
        id: id.into(),
        hook: "ops".into(),
        event: "held".into(),
        body: "{\"schema\":1}".into(),
        at: at(milliseconds),
    };
    let told = WebhookChange::Told {
        up_to: all[1].id,
        deliveries: vec![delivery("one", 10), delivery("two", 20)],
    };
    write(&world, vec![Write::Webhook(told)]).await;
    assert_eq!(db.news(10).await.unwrap().len(), 1);
    let next = db.next_delivery("ops").await.unwrap().unwrap();
    assert_eq!(
        (&*next.id, next.attempts, next.state),
        ("one", 0, DeliveryState::Queued)
    );
    assert_eq!(next.body, "{\"schema\":1}");
    assert_eq!(db.next_delivery("other").await.unwrap(), None);

    let tried = |id: &str, status, error: Option<&str>, again| {
        Write::Webhook(WebhookChange::Attempted {
            id: id.into(),
            at: at(100),
            status,
            error: error.map(str::to_owned),
            again,
        })
    };
    // The failed one lets the other go first.
    write(
        &world,
        vec![tried("one", Some(500), Some("busy"), Some(at(1000)))],
    )
    .await;
    let next = db.next_delivery("ops").await.unwrap().unwrap();
    assert_eq!(next.id, "two");
    write(&world, vec![tried("two", Some(204), None, None)]).await;
    let world = world.reopen().await;
    let db = &world.store.db;
    let next = db.next_delivery("ops").await.unwrap().unwrap();
    assert_eq!(
        (&*next.id, next.attempts, next.not_before),
        ("one", 1, at(1000))
    );
    assert_eq!(
        (next.status, next.error.as_deref()),
        (Some(500), Some("busy"))
    );
    write(&world, vec![tried("one", None, Some("no answer"), None)]).await;
    assert_eq!(db.next_delivery("ops").await.unwrap(), None);
    let counts = db.delivery_counts().await.unwrap();
    let of = |state| ("ops".to_owned(), state, 1);
    assert_eq!(counts, [of(DeliveryState::Dead), of(DeliveryState::Done)]);

    let revived = |id: &str| {
        Write::Webhook(WebhookChange::Revived {
            id: id.into(),
            at: at(2000),
        })
    };
    let alive = world.store.write(vec![revived("two")]).await;
    assert!(matches!(alive, Err(WriteError::Conflict(_))));
    write(&world, vec![revived("one")]).await;
    let next = db.next_delivery("ops").await.unwrap().unwrap();
    assert_eq!((next.attempts, next.ended_at), (0, None));
    let forget = WebhookChange::Forget { before: at(101) };
    write(&world, vec![Write::Webhook(forget)]).await;
    let left = db.deliveries(10).await.unwrap();
    assert_eq!(left.iter().map(|of| &*of.id).collect::<Vec<_>>(), ["one"]);
}
