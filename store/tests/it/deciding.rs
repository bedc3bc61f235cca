//! Decisions, and the chain of the log that tells of them, on either engine.

use lazaret_store::audit_log::Chain;
use lazaret_store::{
    Password, PeopleChange, Person, ReviewChange, ReviewDecision, ReviewFilter, ReviewRow,
    ReviewSubject, Role, Withdrawal, Write, WriteError,
};

use crate::suite::suite;
use crate::world::{World, address, at, event, name};

suite! {
    a_decision_is_withdrawn_and_stays,
    only_what_counts_is_listed,
    an_approval_of_a_range_ends,
    a_waiver_ends,
    the_log_is_a_chain,
    two_processes_write_one_chain,
}

pub(crate) async fn with_anna(world: &World) {
    let anna = Person {
        name: "anna".into(),
        role: Role::Admin,
        password: Password::hash("a long enough password").unwrap(),
        created_at: at(1),
        disabled_at: None,
        failures: 0,
        locked_until: None,
    };
    let first = Write::People(PeopleChange::First(anna));
    world.store.write(vec![first]).await.unwrap();
}

fn review(id: &str, package: &str, milliseconds: i64) -> ReviewRow {
    ReviewRow {
        id: id.into(),
        name: name(package),
        subject: ReviewSubject::Version {
            version: "5.6.1".into(),
            sha512: address(1),
        },
        decision: ReviewDecision::Reject,
        reason: "it talks to a host it should not".into(),
        person: "anna".into(),
        at: at(milliseconds),
        expires_at: None,
        withdrawn: None,
    }
}

async fn make(world: &World, row: &ReviewRow) -> Result<(), WriteError> {
    let made = Write::Review(ReviewChange::Made(row.clone()));
    world.store.write(vec![made]).await
}

async fn ids(world: &World, filter: &ReviewFilter) -> Vec<String> {
    let rows = world.store.db.reviews(filter, 100).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

async fn a_decision_is_withdrawn_and_stays(world: World) {
    with_anna(&world).await;
    let mut row = review("one", "chalk", 10);
    make(&world, &row).await.unwrap();
    let db = &world.store.db;
    assert_eq!(db.review("one").await.unwrap().as_ref(), Some(&row));
    let withdrawal = Withdrawal {
        at: at(20),
        person: "ben".into(),
        reason: "a false alarm".into(),
    };
    let withdraw = |withdrawal: Withdrawal| {
        let id = "one".into();
        let change = ReviewChange::Withdrawn { id, withdrawal };
        world.store.write(vec![Write::Review(change)])
    };
    withdraw(withdrawal.clone()).await.unwrap();
    row.withdrawn = Some(withdrawal.clone());
    let late = Withdrawal {
        at: at(30),
        ..withdrawal
    };
    let again = withdraw(late).await;
    assert!(matches!(again, Err(WriteError::Conflict(_))), "{again:?}");
    assert_eq!(db.review("one").await.unwrap(), Some(row));
    assert_eq!(db.review("two").await.unwrap(), None);
}

async fn only_what_counts_is_listed(world: World) {
    with_anna(&world).await;
    let over = ReviewRow {
        expires_at: Some(at(50)),
        ..review("over", "chalk", 20)
    };
    for row in [
        review("old", "chalk", 10),
        over,
        review("other", "debug", 30),
    ] {
        make(&world, &row).await.unwrap();
    }
    let all = ReviewFilter::default();
    assert_eq!(ids(&world, &all).await, ["other", "over", "old"]);
    let of_chalk = ReviewFilter {
        name: Some(name("chalk")),
        ..all.clone()
    };
    assert_eq!(ids(&world, &of_chalk).await, ["over", "old"]);
    let before = ReviewFilter {
        before: Some(at(20)),
        ..all.clone()
    };
    assert_eq!(ids(&world, &before).await, ["old"]);
    let in_force = |now| ReviewFilter {
        in_force: Some(at(now)),
        ..ReviewFilter::default()
    };
    assert_eq!(ids(&world, &in_force(49)).await, ["other", "over", "old"]);
    assert_eq!(ids(&world, &in_force(50)).await, ["other", "old"]);
    let withdrawal = Withdrawal {
        at: at(60),
        person: "anna".into(),
        reason: String::new(),
    };
    let change = ReviewChange::Withdrawn {
        id: "old".into(),
        withdrawal,
    };
    world
        .store
        .write(vec![Write::Review(change)])
        .await
        .unwrap();
    assert_eq!(ids(&world, &in_force(70)).await, ["other"]);
    let both = ReviewFilter {
        in_force: Some(at(70)),
        ..of_chalk
    };
    assert!(ids(&world, &both).await.is_empty());
}

async fn an_approval_of_a_range_ends(world: World) {
    with_anna(&world).await;
    let mut row = review("range", "chalk", 10);
    row.subject = ReviewSubject::Range("^5.0.0".into());
    row.decision = ReviewDecision::Approve { lifts_block: false };
    assert!(make(&world, &row).await.is_err(), "for ever");
    row.expires_at = Some(at(1000));
    make(&world, &row).await.unwrap();
    assert_eq!(world.store.db.review("range").await.unwrap(), Some(row));
}

async fn a_waiver_ends(world: World) {
    with_anna(&world).await;
    let mut row = review("waiver", "chalk", 10);
    row.decision = ReviewDecision::Approve { lifts_block: true };
    assert!(make(&world, &row).await.is_err(), "for ever");
    row.expires_at = Some(at(1000));
    make(&world, &row).await.unwrap();
    assert_eq!(world.store.db.review("waiver").await.unwrap(), Some(row));
}

async fn the_log_is_a_chain(world: World) {
    let by_anna = |kind: &str| {
        let Write::Event(event) = event(kind) else {
            unreachable!()
        };
        Write::Acted {
            actor: "anna".into(),
            event,
        }
    };
    world
        .store
        .write(vec![event("one"), by_anna("two")])
        .await
        .unwrap();
    world.store.write(vec![by_anna("three")]).await.unwrap();
    let db = &world.store.db;
    let log = db.log_after(0, 10).await.unwrap();
    let actors: Vec<_> = log.iter().map(|line| line.actor.as_deref()).collect();
    assert_eq!(actors, [None, Some("anna"), Some("anna")]);
    let mut chain = Chain::default();
    log.iter().try_for_each(|line| chain.take(line)).unwrap();
    assert_eq!((chain.lines, chain.unchained), (3, 0));
    // The same lines by other ways, and as the events they are.
    assert_eq!(db.log_before(3, 1).await.unwrap(), log[1..2]);
    let of_version = db.log_of(&name("@scope/chalk"), "5.6.1", 2).await.unwrap();
    assert_eq!(of_version, [log[2].clone(), log[1].clone()]);
    assert_eq!(db.events(0, 10).await.unwrap().len(), 3);
}

/// The next line follows what the other process wrote.
async fn two_processes_write_one_chain(world: World) {
    let neighbour = world.neighbour().await;
    for store in [&world.store, &neighbour, &neighbour, &world.store] {
        store.write(vec![event("by turns")]).await.unwrap();
    }
    let mut chain = Chain::default();
    for line in world.store.db.log_after(0, 10).await.unwrap() {
        chain.take(&line).unwrap();
    }
    assert_eq!(chain.lines, 4);
    neighbour.close().await;
}
