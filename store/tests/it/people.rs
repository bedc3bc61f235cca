//! People, sessions and tokens, on either engine.

use lazaret_store::{ApiToken, Password, PeopleChange, Person, Role, Session, Write, WriteError};

use crate::suite::suite;
use crate::world::{World, at, event};

suite! {
    the_first_admin_is_made_once,
    names_are_taken_for_good,
    the_last_admin_stays,
    a_session_ends,
    wrong_passwords_are_counted_until_a_right_one,
    a_disabled_person_is_out_at_once,
    a_token_is_revoked_once,
}

fn person(name: &str, role: Role) -> Person {
    Person {
        name: name.into(),
        role,
        // One for all: hashing is slow.
        password: password(),
        created_at: at(1),
        disabled_at: None,
        failures: 0,
        locked_until: None,
    }
}

fn password() -> Password {
    static ONE: std::sync::OnceLock<Password> = std::sync::OnceLock::new();
    ONE.get_or_init(|| Password::hash("a long enough password").unwrap())
        .clone()
}

async fn change(world: &World, change: PeopleChange) -> Result<(), WriteError> {
    world.store.write(vec![Write::People(change)]).await
}

fn is_conflict(outcome: &Result<(), WriteError>) -> bool {
    matches!(outcome, Err(WriteError::Conflict(_)))
}

fn session(sha256: &str, person: &str, end: i64) -> Session {
    Session {
        sha256: sha256.repeat(64),
        person: person.into(),
        created_at: at(1),
        expires_at: at(end),
    }
}

async fn the_first_admin_is_made_once(world: World) {
    assert!(!world.store.db.has_people().await.unwrap());
    let anna = person("anna", Role::Admin);
    change(&world, PeopleChange::First(anna.clone()))
        .await
        .unwrap();
    assert!(world.store.db.has_people().await.unwrap());
    assert_eq!(world.store.db.person("anna").await.unwrap(), Some(anna));
    // Whoever comes second gets nothing, and what they asked for with it does not happen either.
    let second = vec![
        event("intruder"),
        Write::People(PeopleChange::First(person("mallory", Role::Admin))),
    ];
    assert!(is_conflict(&world.store.write(second).await));
    assert_eq!(world.store.db.person("mallory").await.unwrap(), None);
    assert!(world.store.db.events(0, 10).await.unwrap().is_empty());
}

async fn names_are_taken_for_good(world: World) {
    let add = |role| change(&world, PeopleChange::Added(person("ben", role)));
    add(Role::Reader).await.unwrap();
    assert!(is_conflict(&add(Role::Admin).await));
    let ben = world.store.db.person("ben").await.unwrap().unwrap();
    assert_eq!(ben.role, Role::Reader);
    change(
        &world,
        PeopleChange::Role {
            name: "ben".into(),
            role: Role::Reviewer,
        },
    )
    .await
    .unwrap();
    let people = world.store.db.people().await.unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].role, Role::Reviewer);
    let nobody = PeopleChange::Role {
        name: "nobody".into(),
        role: Role::Admin,
    };
    assert!(is_conflict(&change(&world, nobody).await));
}

async fn the_last_admin_stays(world: World) {
    change(&world, PeopleChange::First(person("anna", Role::Admin)))
        .await
        .unwrap();
    change(&world, PeopleChange::Added(person("ben", Role::Reader)))
        .await
        .unwrap();
    let out = |name: &str| PeopleChange::Disabled {
        name: name.into(),
        at: at(5),
    };
    let demoted = PeopleChange::Role {
        name: "anna".into(),
        role: Role::Reader,
    };
    assert!(is_conflict(&change(&world, out("anna")).await));
    assert!(is_conflict(&change(&world, demoted.clone()).await));
    let promoted = PeopleChange::Role {
        name: "ben".into(),
        role: Role::Admin,
    };
    change(&world, promoted).await.unwrap();
    change(&world, out("anna")).await.unwrap();
    // Disabled admins do not count.
    assert!(is_conflict(&change(&world, out("ben")).await));
    assert!(is_conflict(&change(&world, out("anna")).await));
}

async fn a_session_ends(world: World) {
    change(&world, PeopleChange::First(person("anna", Role::Admin)))
        .await
        .unwrap();
    for (letter, end) in [("a", 100), ("b", 200)] {
        let session = session(letter, "anna", end);
        change(&world, PeopleChange::LoggedIn(session))
            .await
            .unwrap();
    }
    let who = async |letter: &str, now| {
        let person = world.store.db.session(&letter.repeat(64), at(now)).await;
        person.unwrap().map(|person| person.name)
    };
    assert_eq!(who("a", 99).await.as_deref(), Some("anna"));
    assert_eq!(who("a", 100).await, None);
    assert_eq!(who("c", 99).await, None);
    let out = PeopleChange::LoggedOut {
        sha256: "a".repeat(64),
    };
    change(&world, out).await.unwrap();
    assert_eq!(who("a", 99).await, None);
    assert_eq!(who("b", 99).await.as_deref(), Some("anna"));
    let other = PeopleChange::Password {
        name: "anna".into(),
        password: password(),
    };
    change(&world, other).await.unwrap();
    assert_eq!(who("b", 99).await, None);
}

async fn wrong_passwords_are_counted_until_a_right_one(world: World) {
    change(&world, PeopleChange::First(person("anna", Role::Admin)))
        .await
        .unwrap();
    for locked_until in [None, Some(at(50))] {
        let failed = PeopleChange::Failed {
            name: "anna".into(),
            locked_until,
        };
        change(&world, failed).await.unwrap();
    }
    let anna = world.store.db.person("anna").await.unwrap().unwrap();
    assert_eq!((anna.failures, anna.locked_until), (2, Some(at(50))));
    let right = PeopleChange::LoggedIn(session("a", "anna", 100));
    change(&world, right).await.unwrap();
    let anna = world.store.db.person("anna").await.unwrap().unwrap();
    assert_eq!((anna.failures, anna.locked_until), (0, None));
}

async fn a_disabled_person_is_out_at_once(world: World) {
    change(&world, PeopleChange::First(person("anna", Role::Admin)))
        .await
        .unwrap();
    change(&world, PeopleChange::Added(person("ben", Role::Reader)))
        .await
        .unwrap();
    change(&world, PeopleChange::LoggedIn(session("b", "ben", 100)))
        .await
        .unwrap();
    change(&world, PeopleChange::TokenAdded(token("one", "ben")))
        .await
        .unwrap();
    let out = PeopleChange::Disabled {
        name: "ben".into(),
        at: at(7),
    };
    change(&world, out).await.unwrap();
    assert_eq!(
        world
            .store
            .db
            .session(&"b".repeat(64), at(2))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        world.store.db.api_tokens().await.unwrap()[0].revoked_at,
        Some(at(7))
    );
    let again = PeopleChange::LoggedIn(session("c", "ben", 100));
    assert!(is_conflict(&change(&world, again).await));
    assert!(
        world
            .store
            .db
            .session(&"c".repeat(64), at(2))
            .await
            .unwrap()
            .is_none()
    );
}

fn token(id: &str, person: &str) -> ApiToken {
    ApiToken {
        id: id.into(),
        sha256: format!("{:0>64}", id.len()),
        person: person.into(),
        label: "ci".into(),
        role: Role::Reader,
        created_at: at(1),
        expires_at: at(1000),
        revoked_at: None,
    }
}

async fn a_token_is_revoked_once(world: World) {
    change(&world, PeopleChange::First(person("anna", Role::Admin)))
        .await
        .unwrap();
    let one = token("one", "anna");
    change(&world, PeopleChange::TokenAdded(one.clone()))
        .await
        .unwrap();
    assert_eq!(world.store.db.api_tokens().await.unwrap(), [one]);
    let revoke = |milliseconds| PeopleChange::TokenRevoked {
        id: "one".into(),
        at: at(milliseconds),
    };
    change(&world, revoke(5)).await.unwrap();
    assert!(is_conflict(&change(&world, revoke(6)).await));
    assert_eq!(
        world.store.db.api_tokens().await.unwrap()[0].revoked_at,
        Some(at(5))
    );
}
