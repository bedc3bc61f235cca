//! Versions that a public database reports, from the moment it is told to us.

use insta::assert_snapshot;
use lazaret_testing::Npm;
use serde_json::json;

use crate::reply::pretty;
use crate::stage::{SHORT, Stage, chalk, malware, vulnerability};

#[tokio::test]
async fn a_reported_version_is_blocked_at_once() {
    let stage = Stage::new(chalk()).await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    let before = stage.get("/chalk").await;
    stage
        .set_advisories(&[malware("MAL-2025-46969", "chalk", &["5.6.1"])])
        .await;
    for headers in [&[][..], SHORT] {
        let after = stage.ask("/chalk", headers).await;
        assert_eq!(after.versions(), ["5.6.0"]);
        assert_ne!(after.header("etag"), before.header("etag"));
    }
    let restrictions = &stage.get("/chalk").await.json()["policyRestrictions"];
    assert_snapshot!(pretty(restrictions), @r#"
    {
      "message": "withheld by lazaret. 5.6.1: reported as malicious by MAL-2025-46969. Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1",
      "versions": {
        "5.6.1": {
          "name": "chalk",
          "version": "5.6.1"
        }
      }
    }
    "#);
    let refused = stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    assert_eq!(refused.status, 403);
    assert_snapshot!(refused.reason.as_deref().unwrap(), @"Forbidden: lazaret withheld chalk@5.6.1 (malicious, blocked) see http://mirror.example/-/lazaret/why/chalk@5.6.1");
    assert_snapshot!(pretty(&refused.json()), @r#"
    {
      "error": "lazaret withheld chalk@5.6.1: reported as malicious by MAL-2025-46969. Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1",
      "lazaret": {
        "id": "chalk@5.6.1",
        "outcome": "block",
        "rule": "malicious",
        "see": "http://mirror.example/-/lazaret/why/chalk@5.6.1"
      }
    }
    "#);
}

#[tokio::test]
async fn a_report_that_is_taken_back_lets_go() {
    let setting = Stage::of(chalk()).advisories(&[malware("MAL-1", "chalk", &["5.6.1"])]);
    let stage = setting.start().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    let mut withdrawn = malware("MAL-1", "chalk", &["5.6.1"]);
    withdrawn["withdrawn"] = json!("2026-02-01T00:00:00Z");
    stage.set_advisories(&[withdrawn]).await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
}

#[tokio::test]
async fn a_package_that_is_malicious_as_a_whole_is_refused() {
    let npm = Npm::new().package("ch4lk", |p| {
        p.version("1.0.0", |v| v).version("1.0.1", |v| v)
    });
    let stage = Stage::of(npm)
        .advisories(&[malware("MAL-2", "ch4lk", &[])])
        .start()
        .await;
    let reply = stage.get("/ch4lk").await;
    assert_eq!(reply.status, 403);
    assert_snapshot!(reply.error().1, @"lazaret withheld every version of ch4lk. 1.0.1: reported as malicious by MAL-2; 1.0.0: reported as malicious by MAL-2; Read more: http://mirror.example/-/lazaret/why/ch4lk");
    assert_eq!(stage.get("/ch4lk/-/ch4lk-1.0.0.tgz").await.status, 403);
    assert!(stage.npm.requests_to("/ch4lk/-/ch4lk-1.0.0.tgz").is_empty());
}

#[tokio::test]
async fn allowing_does_not_help() {
    let policy = json!({"allow": [{"package": "chalk", "reason": "we know better"}]});
    let setting =
        Stage::of(chalk())
            .policy(policy)
            .advisories(&[malware("MAL-1", "chalk", &["5.6.1"])]);
    assert_eq!(
        setting.start().await.get("/chalk").await.versions(),
        ["5.6.0"]
    );
}

#[tokio::test]
async fn vulnerable_versions_are_as_the_policy_says() {
    let stage = Stage::of(chalk())
        .advisories(&[vulnerability("GHSA-1", "chalk", "5.6.1")])
        .start()
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage.set_policy(json!({"vulnerable": "block"})).await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.1"]);
    assert_snapshot!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.error().1, @"lazaret withheld chalk@5.6.0: GHSA-1, severity high: Prototype pollution; fixed in 5.6.1. Read more: http://mirror.example/-/lazaret/why/chalk@5.6.0");
    stage
        .set_policy(json!({"vulnerable": {"effect": "block", "severity": "critical"}}))
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
}
