//! Fixes of what is in use do not sit out the cooldown.

use insta::assert_snapshot;
use lazaret_testing::Npm;
use serde_json::json;

use crate::stage::{OLD, Stage, YOUNG, decade, eventually, malware, vulnerability};

fn lib() -> Npm {
    Npm::new().package("lib", |p| {
        p.version("1.0.0", |v| v.published(OLD))
            .version("1.0.1", |v| v.published(YOUNG))
            .version("1.0.2", |v| v.published(YOUNG))
    })
}

fn fixed() -> serde_json::Value {
    vulnerability("GHSA-aaaa-bbbb-cccc", "lib", "1.0.1")
}

#[tokio::test]
async fn a_fix_of_a_listed_version_is_let_through_and_says_so() {
    let mut policy = decade();
    policy["in-use"] = json!(["lib@1.0.0"]);
    let stage = Stage::of(lib())
        .policy(policy)
        .advisories(&[fixed()])
        .start()
        .await;
    // Exactly the fix, not what came after it.
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0", "1.0.1"]);
    assert_eq!(stage.get("/lib/-/lib-1.0.1.tgz").await.status, 200);
    assert_eq!(stage.get("/lib/-/lib-1.0.2.tgz").await.status, 403);
    let why = stage.get("/-/lazaret/why/lib@1.0.1").await.json();
    assert_eq!(why["outcome"], "note");
    let reasons: Vec<String> = why["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| {
            format!(
                "{}: {}",
                reason["rule"].as_str().unwrap(),
                reason["text"].as_str().unwrap()
            )
        })
        .collect();
    assert_snapshot!(reasons.join("\n"), @r#"
    cooldown: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days)
    security-fix: fixes GHSA-aaaa-bbbb-cccc, which affects lib@1.0.0 in use here, so it need not wait
    "#);
}

#[tokio::test]
async fn a_fix_that_is_let_through_is_on_record() {
    let mut policy = decade();
    policy["in-use"] = json!(["lib@1.0.0"]);
    let stage = Stage::of(lib())
        .policy(policy)
        .advisories(&[fixed()])
        .start()
        .await;
    assert_eq!(stage.get("/lib/-/lib-1.0.1.tgz").await.status, 200);
    let events = stage.events("security-fix").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.version.as_deref(), Some("1.0.1"));
}

#[tokio::test]
async fn without_use_or_advisory_it_waits() {
    let stage = Stage::of(lib())
        .policy(decade())
        .advisories(&[fixed()])
        .start()
        .await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0"]);
    let mut policy = decade();
    policy["in-use"] = json!(["lib@1.0.0"]);
    stage.set_policy(policy).await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0", "1.0.1"]);
    stage.set_advisories(&[]).await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0"]);
}

#[tokio::test]
async fn a_fix_of_a_served_version_is_let_through_once_the_advisory_comes() {
    let stage = Stage::of(lib()).policy(decade()).start().await;
    assert_eq!(stage.get("/lib/-/lib-1.0.0.tgz").await.status, 200);
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0"]);
    stage.set_advisories(&[fixed()]).await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0", "1.0.1"]);
}

/// A version comes into use by being downloaded, also after its package was judged.
#[tokio::test]
async fn a_fix_is_let_through_once_an_affected_version_is_served() {
    let stage = Stage::of(lib())
        .policy(decade())
        .advisories(&[fixed()])
        .start()
        .await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0"]);
    assert_eq!(stage.get("/lib/-/lib-1.0.0.tgz").await.status, 200);
    eventually("the fix", async || {
        (stage.get("/lib").await.versions() == ["1.0.0", "1.0.1"]).then_some(())
    })
    .await;
    assert_eq!(stage.get("/lib/-/lib-1.0.1.tgz").await.status, 200);
}

#[tokio::test]
async fn a_malicious_fix_is_no_fix() {
    let mut policy = decade();
    policy["in-use"] = json!(["lib@1.0.0"]);
    let advisories = [fixed(), malware("MAL-1", "lib", &["1.0.1"])];
    let stage = Stage::of(lib())
        .policy(policy)
        .advisories(&advisories)
        .start()
        .await;
    assert_eq!(stage.get("/lib").await.versions(), ["1.0.0"]);
    assert_eq!(stage.get("/lib/-/lib-1.0.1.tgz").await.status, 403);
}
