//! The data directory: who may use it at once, and what a process that was killed leaves in it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use lazaret_store::Store;

use crate::world::{World, event, name, package};

#[tokio::test]
async fn it_is_made_for_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    let store = Store::open(&data, None).await.unwrap();
    let mode = std::fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    store.close().await;
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_whose_it_is() {
    let world = World::sqlite().await;
    let neighbour = world.neighbour().await;
    let lock = world.store.lock().unwrap();
    let error = neighbour.lock().unwrap_err().to_string();
    assert!(
        error.contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    // Reading and writing beside it is fine.
    neighbour.write(vec![event("import")]).await.unwrap();
    assert_eq!(world.store.db.events(0, 10).await.unwrap().len(), 1);
    drop(lock);
    neighbour.lock().unwrap();
}

#[tokio::test]
async fn only_a_server_clears_away_what_was_half_received() {
    let world = World::sqlite().await;
    let leftover = world.data.path().join("tmp/left");
    std::fs::write(&leftover, "half").unwrap();
    let neighbour = world.neighbour().await;
    assert!(leftover.exists(), "it could belong to a running server");
    let _lock = neighbour.lock().unwrap();
    assert!(!leftover.exists());
}

/// A copy of the files while the store is open is what a killed process, or a machine without power, leaves behind.
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let world = World::sqlite().await;
    for number in 0..20 {
        let writes = vec![lazaret_store::Write::Package(package(
            &format!("p{number}"),
            b"document",
        ))];
        world.store.write(writes).await.unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    for file in ["lazaret.db", "lazaret.db-wal"] {
        std::fs::copy(world.data.path().join(file), copy.path().join(file)).unwrap();
    }
    let store = Store::open(copy.path(), None).await.unwrap();
    for number in 0..20 {
        let row = store
            .db
            .package(&name(&format!("p{number}")))
            .await
            .unwrap();
        assert!(row.is_some(), "p{number}");
    }
}

#[tokio::test]
async fn memory_leaves_nothing_behind() {
    let store = Store::memory().await.unwrap();
    let _lock = store.lock().unwrap();
    store.write(vec![event("one")]).await.unwrap();
    assert_eq!(store.db.events(0, 10).await.unwrap().len(), 1);
    assert!(!Path::new(":memory:").exists());
    store.close().await;
}
