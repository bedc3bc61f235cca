//! Bytes against checksums: what differs is refused, what changes is told, what is known stays.

use insta::assert_snapshot;
use lazaret_npm::Integrity;
use lazaret_store::Severity;
use lazaret_testing::{Fault, Npm};
use serde_json::{Value, json};

use crate::reply::pretty;
use crate::stage::{OLD, Stage, chalk};

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";

#[tokio::test]
async fn wrong_bytes_are_refused_and_leave_nothing_behind() {
    let stage = Stage::of(chalk()).on_disk().start().await;
    stage.npm.tamper("chalk", "5.6.1", &b"other bytes"[..]);
    let reply = stage.get(TARBALL).await;
    assert_eq!(reply.status, 403);
    assert_snapshot!(reply.reason.as_deref().unwrap(), @"Forbidden: lazaret refused chalk@5.6.1 (bytes do not match their integrity)");
    let error = reply.error().1;
    assert!(error.starts_with("lazaret refused chalk@5.6.1: the upstream's bytes are not the ones its checksums promise (expected sha512-"), "{error}");
    assert_eq!(reply.header("npm-notice"), error);
    assert!(!stage.has_blobs().await);
    assert_eq!(stage.store.db.totals().await.unwrap().pins, 0);

    let events = stage.events("wrong-bytes").await;
    assert_eq!(events[0].event.severity, Severity::Critical);
    assert_eq!(events[0].event.name.as_ref().unwrap().as_str(), "chalk");
    assert_eq!(events[0].event.version.as_deref(), Some("5.6.1"));
    assert_eq!(
        stage
            .metric("lazaret_refusals_total{rule=\"integrity\"}")
            .await,
        1.0
    );

    // Once the upstream sends the true ones, they are served.
    let truth = stage.npm.integrity("chalk", "5.6.1");
    stage.npm.edit("chalk", "5.6.1", |v| v.served(Vec::new()));
    assert_eq!(stage.get(TARBALL).await.status, 403);
    let healed = Npm::new()
        .package("chalk", |p| {
            p.version("5.6.1", |v| v.published("2024-01-01T00:00:00.000Z"))
        })
        .start()
        .await;
    assert_eq!(healed.integrity("chalk", "5.6.1"), truth);
    stage
        .npm
        .tamper("chalk", "5.6.1", healed.tarball("chalk", "5.6.1"));
    assert_eq!(stage.get(TARBALL).await.status, 200);
}

#[tokio::test]
async fn one_flipped_bit_a_cut_and_an_appended_byte_are_wrong_bytes() {
    let stage = Stage::of(chalk()).on_disk().start().await;
    for fault in [
        Fault::corrupt(),
        Fault::cut(1),
        Fault::append(b"\0"),
        Fault::body(""),
        Fault::garbage(),
    ] {
        stage.npm.fault(TARBALL, fault);
        assert_eq!(stage.get(TARBALL).await.status, 403);
        stage.npm.heal_all();
        assert!(!stage.has_blobs().await);
    }
    assert_eq!(
        stage.get(TARBALL).await.body,
        stage.npm.tarball("chalk", "5.6.1")
    );
}

/// Every checksum offered has to hold, not only the strongest.
#[tokio::test]
async fn a_wrong_shasum_beside_a_right_integrity_is_refused() {
    let stage = Stage::new(chalk()).await;
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.dist("shasum", "0".repeat(40)));
    assert_eq!(stage.get(TARBALL).await.status, 403);
    assert!(!stage.has_blobs().await);
}

#[tokio::test]
async fn a_version_with_sha1_alone_is_weak_and_pinned_all_the_same() {
    let npm = Npm::new().package("ancient", |p| {
        p.version("0.1.0", |v| v.published(OLD).sha1_only())
    });
    let stage = Stage::new(npm).await;
    let bytes = stage.npm.tarball("ancient", "0.1.0");
    assert_eq!(stage.get("/ancient/-/ancient-0.1.0.tgz").await.body, bytes);
    let row = stage
        .version_row("ancient", "0.1.0", |row| row.sha512.is_some())
        .await;
    assert!(row.weak);
    let why = stage.get("/-/lazaret/why/ancient@0.1.0").await.json();
    assert_eq!(why["outcome"], "note");
    assert_eq!(why["reasons"][0]["rule"], "weak-integrity");
    assert_eq!(why["evidence"]["sha512"], row.sha512.unwrap());
    stage.set_policy(json!({"weak-integrity": "block"})).await;
    // Served before, so it stays.
    assert_eq!(stage.get("/ancient/-/ancient-0.1.0.tgz").await.status, 200);
}

#[tokio::test]
async fn weak_versions_can_be_refused() {
    let npm = Npm::new().package("ancient", |p| {
        p.version("0.1.0", |v| v.published(OLD).sha1_only())
    });
    let stage = Stage::of(npm)
        .policy(json!({"weak-integrity": "block"}))
        .start()
        .await;
    let reply = stage.get("/ancient/-/ancient-0.1.0.tgz").await;
    assert_eq!(reply.json()["lazaret"]["rule"], "weak-integrity");
    assert_eq!(stage.get("/ancient").await.status, 403);
}

#[tokio::test]
async fn a_version_without_any_checksum_is_held_and_never_fetched() {
    let npm = Npm::new().package("bare", |p| {
        p.version("1.0.0", |v| v)
            .version("1.0.1", |v| {
                v.dist("integrity", Value::Null).dist("shasum", Value::Null)
            })
            .version("1.0.2", |v| {
                v.dist("integrity", "md5-1B2M2Y8AsgTpgAmY7PhCfg==")
                    .dist("shasum", Value::Null)
            })
            .version("1.0.3", |v| {
                v.dist("integrity", 5).dist("shasum", json!(["x"]))
            })
            .version("1.0.4", |v| v.dist("integrity", "sha512-short"))
            .version("1.0.5", |v| v.dist("shasum", "short"))
    });
    let stage = Stage::new(npm).await;
    assert_eq!(stage.get("/bare").await.versions(), ["1.0.0"]);
    // Also a policy that does not mind cannot have them served: nothing vouches for the bytes.
    for policy in [json!({}), json!({"weak-integrity": "off"})] {
        stage.set_policy(policy).await;
        for version in ["1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5"] {
            let path = format!("/bare/-/bare-{version}.tgz");
            assert_eq!(stage.get(&path).await.status, 403, "{version}");
            assert!(stage.npm.requests_to(&path).is_empty());
        }
    }
}

#[tokio::test]
async fn a_changed_integrity_is_refused_and_the_first_bytes_stay() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    let first = stage.npm.tarball("chalk", "5.6.1");
    assert_eq!(stage.get(TARBALL).await.body, first);
    let before = stage.fresh("/chalk").await.json();
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.file("index.js", "steal()"));
    assert_ne!(stage.npm.tarball("chalk", "5.6.1"), first);

    let after = stage.fresh("/chalk").await.json();
    assert_eq!(after["versions"], before["versions"]);
    assert_eq!(stage.get(TARBALL).await.body, first);
    let events = stage.events("integrity-changed").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.severity, Severity::Critical);
    assert_eq!(events[0].event.version.as_deref(), Some("5.6.1"));
    let detail: Value = serde_json::from_str(&events[0].event.detail).unwrap();
    assert!(
        detail["known"]
            .as_str()
            .unwrap()
            .contains(&first_sha512(&before))
    );
    assert_ne!(detail["known"], detail["offered"]);
    assert_eq!(stage.metric("lazaret_integrity_changes_total").await, 1.0);
}

fn first_sha512(document: &Value) -> String {
    document["versions"]["5.6.1"]["dist"]["integrity"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Who is woken by a critical event should not be woken by the same one at every release of the package.
#[tokio::test]
async fn a_change_is_told_once() {
    let setting = Stage::of(chalk()).policy(json!({"cooldown": "off"}));
    let mut stage = setting.never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.file("index.js", "steal()"));
    stage.fresh("/chalk").await;
    stage.events("integrity-changed").await;
    stage.npm.publish("chalk", "5.6.2", |v| v);
    assert!(
        stage
            .fresh("/chalk")
            .await
            .versions()
            .contains(&"5.6.2".to_owned())
    );
    stage.restart().await;
    stage.npm.publish("chalk", "5.6.3", |v| v);
    assert!(
        stage
            .fresh("/chalk")
            .await
            .versions()
            .contains(&"5.6.3".to_owned())
    );
    stage.restart().await;
    assert_eq!(stage.all_events("integrity-changed").await.len(), 1);
}

#[tokio::test]
async fn a_change_of_a_version_never_downloaded_is_refused_as_well() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    let before = stage.get("/chalk").await.json();
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.file("index.js", "steal()"));
    assert_eq!(
        stage.fresh("/chalk").await.json()["versions"],
        before["versions"]
    );
    // The first checksums stand, and the upstream no longer has their bytes.
    assert_eq!(stage.get(TARBALL).await.status, 403);
    assert!(!stage.has_blobs().await);
}

#[tokio::test]
async fn a_checksum_that_is_taken_away_changes_nothing() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    let before = stage.get("/chalk").await.json();
    stage.npm.edit("chalk", "5.6.1", |v| v.sha1_only());
    assert_eq!(
        stage.fresh("/chalk").await.json()["versions"],
        before["versions"]
    );
    stage
        .npm
        .edit("chalk", "5.6.1", |v| v.dist("shasum", Value::Null));
    assert_eq!(
        stage.fresh("/chalk").await.json()["versions"],
        before["versions"]
    );
}

/// The registry gave old versions their sha512 years later: that is no change of bytes.
#[tokio::test]
async fn a_checksum_that_is_added_is_accepted() {
    let npm = Npm::new().package("ancient", |p| {
        p.version("0.1.0", |v| v.published(OLD).sha1_only())
            .version("0.1.1", |v| v.published(OLD).sha1_only())
    });
    let stage = Stage::of(npm).never_fresh().start().await;
    // One was downloaded before, one was not.
    assert_eq!(stage.get("/ancient/-/ancient-0.1.0.tgz").await.status, 200);
    for version in ["0.1.0", "0.1.1"] {
        let integrity = stage.npm.integrity("ancient", version);
        stage
            .npm
            .edit("ancient", version, |v| v.dist("integrity", integrity));
    }
    let document = stage.fresh("/ancient").await.json();
    for version in ["0.1.0", "0.1.1"] {
        assert_eq!(
            document["versions"][version]["dist"]["integrity"],
            stage.npm.integrity("ancient", version)
        );
        assert_eq!(
            stage
                .get(&format!("/ancient/-/ancient-{version}.tgz"))
                .await
                .status,
            200
        );
    }
    assert!(stage.all_events("integrity-changed").await.is_empty());
    let row = stage
        .version_row("ancient", "0.1.1", |row| row.sha512.is_some())
        .await;
    assert!(!row.weak);
}

/// Two files with one sha1: the sha512 that comes later must be of the bytes that were served.
#[tokio::test]
async fn an_added_checksum_of_other_bytes_than_the_pinned_ones_is_refused() {
    let npm = Npm::new().package("ancient", |p| {
        p.version("0.1.0", |v| v.published(OLD).sha1_only())
            .version("0.0.9", |v| v.published(OLD))
    });
    let stage = Stage::of(npm).never_fresh().start().await;
    assert_eq!(stage.get("/ancient/-/ancient-0.1.0.tgz").await.status, 200);
    let other = stage.npm.integrity("ancient", "0.0.9");
    assert!(Integrity::parse(&other).is_ok());
    stage
        .npm
        .edit("ancient", "0.1.0", |v| v.dist("integrity", other));
    assert_eq!(stage.fresh("/ancient").await.versions(), ["0.0.9"]);
    let why = stage.get("/-/lazaret/why/ancient@0.1.0").await.json();
    assert_eq!(why["outcome"], "block");
    assert_snapshot!(pretty(&why["reasons"][0]), @r#"
    {
      "effect": "block",
      "rule": "integrity-changed",
      "text": "the registry now offers other bytes for this version than the ones first seen here"
    }
    "#);
}
