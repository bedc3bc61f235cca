//! What this installation decided by itself: deny, allow, freeze.

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::reply::pretty;
use crate::stage::{Stage, chalk, eventually};

#[tokio::test]
async fn denied_versions_are_refused_with_the_houses_own_words() {
    let policy = json!({"deny": [{"package": "chalk@>=5.6.1", "reason": "wallet stealer, ask \u{202e}security\u{1b}[31m@ours.example"}]});
    let stage = Stage::of(chalk()).policy(policy).start().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    let reply = stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    assert_eq!(reply.status, 403);
    assert_snapshot!(pretty(&reply.json()), @r#"
    {
      "error": "lazaret withheld chalk@5.6.1: denied here as chalk@>=5.6.1: wallet stealer, ask \\u{202e}security\\u{1b}[31m@ours.example. Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1",
      "lazaret": {
        "id": "chalk@5.6.1",
        "outcome": "block",
        "rule": "deny",
        "see": "http://mirror.example/-/lazaret/why/chalk@5.6.1"
      }
    }
    "#);
}

#[tokio::test]
async fn what_is_denied_is_refused_although_it_was_served() {
    let stage = Stage::new(chalk()).await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    stage
        .set_policy(json!({"deny": [{"package": "chalk", "reason": "no"}]}))
        .await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
    assert_eq!(stage.get("/chalk").await.status, 403);
}

#[tokio::test]
async fn a_denial_runs_out_by_itself() {
    let stage = Stage::new(chalk()).await;
    let until = Timestamp::now() + SignedDuration::from_millis(1500);
    let policy =
        json!({"deny": [{"package": "chalk@5.6.1", "reason": "wait", "until": until.to_string()}]});
    stage.set_policy(policy).await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
    eventually("the denial's end", async || {
        (stage.get("/chalk").await.versions().len() == 2).then_some(())
    })
    .await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
}

#[tokio::test]
async fn allowed_versions_need_not_wait_until_that_runs_out() {
    let stage = Stage::new(chalk()).await;
    let until = Timestamp::now() + SignedDuration::from_millis(1500);
    let policy = json!({
        "cooldown": {"days": 3650},
        "allow": [{"package": "chalk@5.6.1", "reason": "reviewed", "until": until.to_string()}],
    });
    stage.set_policy(policy).await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(stage.get("/chalk/5.6.1").await.status, 200);
    // Not the tarball: what was served would stay.
    eventually("the permission's end", async || {
        (stage.get("/chalk").await.versions() == ["5.6.0"]).then_some(())
    })
    .await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
}

#[tokio::test]
async fn a_freeze_holds_what_came_after_it() {
    let npm = chalk().package("debug", |p| p.version("4.4.2", |v| v));
    let stage = Stage::of(npm).start().await;
    assert_eq!(stage.get("/debug/-/debug-4.4.2.tgz").await.status, 200);
    stage
        .set_policy(json!({"freeze": {"after": "2020-09-08T13:00:00Z"}}))
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    let reply = stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    assert_snapshot!(reply.reason.as_deref().unwrap(), @"Forbidden: lazaret withheld chalk@5.6.1 (freeze) see http://mirror.example/-/lazaret/why/chalk@5.6.1");
    assert_snapshot!(reply.error().1, @"lazaret withheld chalk@5.6.1: published 2024-01-01T00:00Z, and everything after 2020-09-08T13:00:00Z is frozen. Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1");
    // Served before, so it stays, unless the freeze says otherwise.
    assert_eq!(stage.get("/debug").await.versions(), ["4.4.2"]);
    stage
        .set_policy(json!({"freeze": {"after": "2020-09-08T13:00:00Z", "include-served": true}}))
        .await;
    assert_eq!(stage.get("/debug").await.status, 403);
    assert_eq!(stage.get("/debug/-/debug-4.4.2.tgz").await.status, 403);
    stage.set_policy(json!({})).await;
    assert_eq!(stage.get("/debug/-/debug-4.4.2.tgz").await.status, 200);
}
