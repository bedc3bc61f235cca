//! What projects have, on either engine.

use jiff::Timestamp;
use lazaret_store::{
    Inventory, InventoryChange, InventoryItem, PeopleChange, Person, Role, Write, WriteError,
};

use crate::suite::suite;
use crate::world::{World, at, name};

suite! {
    a_report_takes_the_place_of_the_one_before,
    only_packages_of_a_registry_are_asked_for_by_name,
    many_packages_are_written_at_once,
}

fn inventory(id: &str, project: &str, now: Timestamp) -> Inventory {
    Inventory {
        id: id.into(),
        project: project.into(),
        lockfile: "package-lock.json".into(),
        revision: Some("abc".into()),
        reported_at: now,
        reported_by: "ann".into(),
        packages: 2,
    }
}

fn item(name: &str, version: &str) -> InventoryItem {
    InventoryItem {
        name: name.into(),
        version: version.into(),
        sha512: "a".repeat(128),
        source: "registry".into(),
        scope: "required".into(),
        way: format!("boat@1.0.0>{name}@{version}"),
    }
}

async fn report(
    world: &World,
    inventory: Inventory,
    items: Vec<InventoryItem>,
) -> Result<(), WriteError> {
    let change = InventoryChange::Reported(inventory, items);
    world.store.write(vec![Write::Inventory(change)]).await
}

async fn ann(world: &World) {
    let person = Person {
        name: "ann".into(),
        role: Role::Admin,
        password: lazaret_store::Password::hash("a good long one").unwrap(),
        created_at: at(1),
        disabled_at: None,
        failures: 0,
        locked_until: None,
    };
    let write = Write::People(PeopleChange::First(person));
    world.store.write(vec![write]).await.unwrap();
}

async fn a_report_takes_the_place_of_the_one_before(world: World) {
    ann(&world).await;
    let db = &world.store.db;
    report(
        &world,
        inventory("one", "ship", at(1)),
        vec![item("chalk", "5.6.0"), item("debug", "4.0.0")],
    )
    .await
    .unwrap();
    report(
        &world,
        inventory("two", "raft", at(2)),
        vec![item("chalk", "5.6.1")],
    )
    .await
    .unwrap();
    report(
        &world,
        inventory("three", "ship", at(3)),
        vec![item("chalk", "5.6.1")],
    )
    .await
    .unwrap();
    let mut versions = db.reported_versions(&name("chalk")).await.unwrap();
    versions.sort();
    assert_eq!(versions, ["5.6.1"]);
    let found = db
        .projects_with(&name("chalk"), &versions, 10)
        .await
        .unwrap();
    let projects: Vec<_> = found
        .projects
        .iter()
        .map(|one| {
            (
                one.inventory.project.as_str(),
                one.inventory.id.as_str(),
                one.item.way.as_str(),
            )
        })
        .collect();
    // The first report's name stays.
    let way = "boat@1.0.0>chalk@5.6.1";
    assert_eq!(projects, [("raft", "two", way), ("ship", "one", way)]);
    assert!(!found.more);
    assert!(
        db.projects_with(&name("chalk"), &versions, 1)
            .await
            .unwrap()
            .more
    );
    assert!(
        db.reported_versions(&name("debug"))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(db.inventories(10, 0).await.unwrap().len(), 2);
    assert_eq!(
        db.inventory("one").await.unwrap().unwrap().reported_at,
        at(3)
    );

    let forgotten = InventoryChange::Forgotten { id: "one".into() };
    world
        .store
        .write(vec![Write::Inventory(forgotten)])
        .await
        .unwrap();
    let found = db
        .projects_with(&name("chalk"), &versions, 10)
        .await
        .unwrap();
    assert_eq!(found.projects.len(), 1);
}

async fn only_packages_of_a_registry_are_asked_for_by_name(world: World) {
    ann(&world).await;
    let git = InventoryItem {
        source: "git".into(),
        ..item("chalk", "5.6.1")
    };
    report(
        &world,
        inventory("one", "ship", at(1)),
        vec![git, item("quote'\"", "1.0.0")],
    )
    .await
    .unwrap();
    let db = &world.store.db;
    assert!(
        db.reported_versions(&name("chalk"))
            .await
            .unwrap()
            .is_empty()
    );
    let nul = item("debug\0", "1.0.0");
    let refused = report(&world, inventory("two", "raft", at(1)), vec![nul]).await;
    assert!(
        matches!(refused, Err(WriteError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(db.inventories(10, 0).await.unwrap().len(), 1);
}

async fn many_packages_are_written_at_once(world: World) {
    ann(&world).await;
    let mut items: Vec<_> = (0..5_000)
        .map(|number| item(&format!("p{number}"), "1.0.0"))
        .collect();
    // One is there twice: a lockfile may say the same thing in two places.
    items.push(item("p0", "1.0.0"));
    report(&world, inventory("one", "ship", at(1)), items)
        .await
        .unwrap();
    let all = world.store.db.reported_packages(10_000).await.unwrap();
    assert_eq!(all.len(), 5_000);
    assert_eq!(all[0].sha512.as_deref(), Some("a".repeat(128).as_str()));
}
