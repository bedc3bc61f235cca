//! What a mirror remembers when it starts again.

use jiff::SignedDuration;
use serde_json::json;

use crate::stage::{Stage, chalk};

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";

#[tokio::test]
async fn a_mirror_that_starts_again_needs_no_upstream_for_what_it_knows() {
    let mut stage = Stage::of(chalk()).on_disk().start().await;
    let document = stage.get("/chalk").await;
    let tarball = stage.get(TARBALL).await;
    stage.restart().await;
    stage.npm.forget();
    let again = stage.get("/chalk").await;
    assert_eq!(again.body, document.body);
    assert_eq!(again.header("etag"), document.header("etag"));
    assert_eq!(stage.get(TARBALL).await.body, tarball.body);
    assert!(!again.has("warning"));
    assert!(stage.npm.requests().is_empty());
}

#[tokio::test]
async fn downloads_are_counted_across_restarts() {
    let mut stage = Stage::of(chalk()).start().await;
    for _ in 0..3 {
        assert_eq!(stage.get(TARBALL).await.status, 200);
    }
    stage.restart().await;
    let row = stage
        .version_row("chalk", "5.6.1", |row| row.served_count == 3)
        .await;
    assert!(row.served_first_at <= row.served_last_at);
    assert_eq!(stage.get(TARBALL).await.status, 200);
    stage.restart().await;
    stage
        .version_row("chalk", "5.6.1", |row| row.served_count == 4)
        .await;
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
    assert_eq!(why["evidence"]["served_count"], 4);
}

#[tokio::test]
async fn an_old_document_is_confirmed_before_it_is_served() {
    let mut stage = Stage::of(chalk())
        .policy(json!({"cooldown": "off"}))
        .start()
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage.npm.publish("chalk", "5.6.2", |v| v);
    stage
        .restart_after("chalk", SignedDuration::from_hours(48))
        .await;
    assert_eq!(
        stage.get("/chalk").await.versions(),
        ["5.6.0", "5.6.1", "5.6.2"]
    );
}

#[tokio::test]
async fn a_pin_outlives_everything_that_was_in_memory() {
    let mut stage = Stage::of(chalk()).on_disk().never_fresh().start().await;
    let first = stage.get(TARBALL).await.body;
    stage.restart().await;
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.file("index.js", "steal()"));
    assert_eq!(stage.fresh("/chalk").await.status, 200);
    assert_eq!(stage.events("integrity-changed").await.len(), 1);
    stage.restart().await;
    assert_eq!(stage.get(TARBALL).await.body, first);
}
