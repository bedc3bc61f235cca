//! `GET /-/lazaret/why/{name}@{version}`: the verdict, its reasons, the evidence, as JSON.

use insta::assert_snapshot;
use lazaret_testing::Npm;
use serde_json::json;

use crate::reply::{masked, pretty};
use crate::stage::{Stage, YOUNG, chalk, decade, malware};

#[tokio::test]
async fn an_allowed_version() {
    let stage = Stage::new(chalk()).await;
    let reply = stage.get("/-/lazaret/why/chalk@5.6.1").await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("vary"), "accept");
    assert_snapshot!(pretty(&masked(&reply.json())), @r#"
    {
      "evidence": {
        "first_contact": "<time>",
        "integrity": "<digest>",
        "listed": true,
        "published": "2024-01-01T00:00:00Z",
        "served_count": 0,
        "stale": false,
        "tags": [
          "latest"
        ]
      },
      "id": "chalk@5.6.1",
      "outcome": "allow",
      "reasons": [],
      "schema": 1
    }
    "#);
}

#[tokio::test]
async fn a_served_version_has_its_pin_and_its_downloads() {
    let stage = Stage::new(chalk()).await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    stage.served("chalk", "5.6.0").await;
    let why = stage.get("/-/lazaret/why/chalk@5.6.0").await.json();
    assert_snapshot!(pretty(&masked(&why["evidence"])), @r#"
    {
      "first_contact": "<time>",
      "integrity": "<digest>",
      "listed": true,
      "pinned_at": "<time>",
      "published": "2010-01-01T00:00:00Z",
      "served_count": 1,
      "served_first_at": "<time>",
      "served_last_at": "<time>",
      "sha512": "<digest>",
      "stale": false,
      "tags": []
    }
    "#);
}

#[tokio::test]
async fn a_held_version() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
    assert_snapshot!(pretty(&masked(&why)), @r#"
    {
      "evidence": {
        "first_contact": "<time>",
        "integrity": "<digest>",
        "listed": true,
        "published": "2024-01-01T00:00:00Z",
        "served_count": 0,
        "stale": false,
        "tags": [
          "latest"
        ]
      },
      "id": "chalk@5.6.1",
      "instead": "5.6.0",
      "outcome": "quarantine",
      "reasons": [
        {
          "effect": "quarantine",
          "rule": "cooldown",
          "text": "published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days)",
          "until": "2033-12-29T00:00:00Z"
        }
      ],
      "schema": 1
    }
    "#);
}

#[tokio::test]
async fn a_blocked_version() {
    let advisories = [malware("MAL-2025-46969", "chalk", &["5.6.1"])];
    let stage = Stage::of(chalk())
        .policy(decade())
        .advisories(&advisories)
        .start()
        .await;
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
    assert_eq!(why["outcome"], "block");
    assert_snapshot!(pretty(&why["reasons"]), @r#"
    [
      {
        "effect": "block",
        "rule": "malicious",
        "text": "reported as malicious by MAL-2025-46969",
        "url": "https://osv.dev/vulnerability/MAL-2025-46969"
      },
      {
        "effect": "quarantine",
        "rule": "cooldown",
        "text": "published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days)",
        "until": "2033-12-29T00:00:00Z"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_tag_means_the_version_that_clients_get() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    assert_eq!(
        stage.get("/-/lazaret/why/chalk@latest").await.json()["id"],
        "chalk@5.6.0"
    );
}

#[tokio::test]
async fn a_whole_package() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    assert_snapshot!(pretty(&stage.get("/-/lazaret/why/chalk").await.json()), @r#"
    {
      "allowed": 1,
      "name": "chalk",
      "schema": 1,
      "tags": {
        "latest": "5.6.0"
      },
      "withheld": [
        {
          "id": "chalk@5.6.1",
          "outcome": "quarantine",
          "text": "published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days)"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_package_of_which_nothing_is_left_is_explained_too() {
    let npm = Npm::new().package("@s/young", |p| p.version("1.0.0", |v| v.published(YOUNG)));
    let stage = Stage::of(npm).policy(decade()).start().await;
    for path in [
        "/-/lazaret/why/@s/young@1.0.0",
        "/-/lazaret/why/@s%2fyoung@1.0.0",
        "/-/lazaret/why/%40s%2Fyoung%401.0.0",
    ] {
        let why = stage.get(path).await.json();
        assert_eq!(why["id"], "@s/young@1.0.0", "{path}");
        assert_eq!(why["outcome"], "quarantine");
        assert_eq!(why.get("instead"), None);
    }
    let package = stage.get("/-/lazaret/why/@s/young").await.json();
    assert_eq!(package["allowed"], 0);
    assert_eq!(package["withheld"][0]["id"], "@s/young@1.0.0");
}

#[tokio::test]
async fn what_is_not_there_is_not_explained() {
    let stage = Stage::new(chalk()).await;
    for (id, status, expected) in [
        ("chalk@9.9.9", 404, "chalk has no version or tag 9.9.9"),
        ("nobody@1.0.0", 404, "the registry has no package nobody"),
        ("nobody", 404, "the registry has no package nobody"),
    ] {
        let reply = stage.get(&format!("/-/lazaret/why/{id}")).await;
        assert_eq!(reply.error(), (status, expected.to_owned()));
    }
    for id in [
        "..@1.0.0",
        "%2e%2e%2fetc@1.0.0",
        "@s@1.0.0",
        "a%00b@1.0.0",
        "chalk@",
        "@",
        "_x@1.0.0",
    ] {
        let status = stage.raw_status(&format!("/-/lazaret/why/{id}")).await;
        assert!([400, 404].contains(&status), "{id}: {status}");
    }
    let asked = stage.asked_upstream();
    assert!(
        asked
            .iter()
            .all(|path| ["/chalk", "/nobody"].contains(&path.as_str())),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_forged_time_is_told_apart_from_what_we_saw() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.publish("chalk", "5.6.2", |v| {
        v.published("2024-06-01T00:00:00.000Z")
    });
    stage.fresh("/chalk").await;
    let why = stage.get("/-/lazaret/why/chalk@5.6.2").await.json();
    assert_eq!(why["evidence"]["published"], "2024-06-01T00:00:00Z");
    assert!(why["evidence"]["absent_at"].as_str().unwrap() > "2026");
    assert!(
        why["reasons"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("appeared after 20"),
        "{why}"
    );
    assert_eq!(why["reasons"][0]["rule"], json!("cooldown"));
}
