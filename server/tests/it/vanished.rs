//! Versions that leave their document: who has them in a lockfile can still install them.

use serde_json::json;

use crate::stage::{Stage, chalk, decade, malware};

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";

async fn stage_after(download: bool) -> Stage {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    if download {
        assert_eq!(stage.get(TARBALL).await.status, 200);
        stage.served("chalk", "5.6.1").await;
    }
    stage.npm.vanish("chalk", "5.6.1");
    assert_eq!(stage.fresh("/chalk").await.versions(), ["5.6.0"]);
    stage
}

#[tokio::test]
async fn what_was_served_is_still_installed_by_lockfiles() {
    let mut stage = stage_after(true).await;
    let first = stage.get(TARBALL).await;
    assert_eq!(first.status, 200);
    assert_eq!(stage.get("/chalk/5.6.1").await.status, 404);
    stage
        .version_row("chalk", "5.6.1", |row| row.vanished_at.is_some())
        .await;
    stage.restart().await;
    assert_eq!(stage.get(TARBALL).await.body, first.body);
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
    assert_eq!(why["evidence"]["listed"], false);
    let reason = &why["reasons"][0];
    assert_eq!(
        (&reason["effect"], &reason["rule"]),
        (&json!("note"), &json!("cooldown"))
    );
    let text = reason["text"].as_str().unwrap();
    assert!(
        text.ends_with("; it was served before, so it stays"),
        "{text}"
    );
}

#[tokio::test]
async fn what_was_never_served_is_gone() {
    let stage = stage_after(false).await;
    let (status, error) = stage.get(TARBALL).await.error();
    assert_eq!(
        (status, error.as_str()),
        (404, "chalk has no version or tag 5.6.1")
    );
}

#[tokio::test]
async fn it_is_judged_all_the_same() {
    let mut stage = stage_after(true).await;
    stage.set_policy(decade()).await;
    assert_eq!(stage.get(TARBALL).await.status, 200);
    stage
        .set_advisories(&[malware("MAL-1", "chalk", &["5.6.1"])])
        .await;
    assert_eq!(stage.get(TARBALL).await.error().0, 403);
    stage.restart().await;
    stage
        .set_policy(json!({"deny": [{"package": "chalk@5.6.1", "reason": "no"}]}))
        .await;
    assert_eq!(stage.get(TARBALL).await.error().0, 403);
}

#[tokio::test]
async fn a_version_that_comes_back_as_it_was_is_fine() {
    let stage = stage_after(true).await;
    stage.npm.publish("chalk", "5.6.1", |v| {
        v.published("2024-01-01T00:00:00.000Z")
    });
    assert_eq!(stage.fresh("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(stage.get(TARBALL).await.status, 200);
}

#[tokio::test]
async fn a_version_that_comes_back_with_other_bytes_is_refused() {
    for download in [true, false] {
        let stage = stage_after(download).await;
        stage.npm.publish("chalk", "5.6.1", |v| {
            v.published("2024-01-01T00:00:00.000Z")
                .file("index.js", "steal()")
        });
        assert_eq!(stage.fresh("/chalk").await.versions(), ["5.6.0"]);
        let reply = stage.get(TARBALL).await;
        assert_eq!(reply.status, 403);
        assert!(
            reply.error().1.contains("other bytes"),
            "{}",
            reply.error().1
        );
        let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
        assert_eq!(why["outcome"], "block");
    }
}
