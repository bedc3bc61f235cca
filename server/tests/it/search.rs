//! `GET /-/v1/search`: the upstream's results, seen through the policy.

use insta::assert_snapshot;
use lazaret_testing::{Fault, Fixed};
use serde_json::{Value, json};

use crate::reply::{Reply, pretty};
use crate::stage::{OLD, Stage, YOUNG, chalk, decade};

fn found(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let results = reply.json();
    let id = |object: &Value| {
        let package = &object["package"];
        format!(
            "{}@{}",
            package["name"].as_str().unwrap(),
            package["version"].as_str().unwrap()
        )
    };
    results["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .collect()
}

#[tokio::test]
async fn results_are_the_upstreams() {
    let stage = Stage::new(chalk()).await;
    let reply = stage.get("/-/v1/search?text=chalk&size=20").await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_snapshot!(pretty(&reply.json()), @r#"
    {
      "objects": [
        {
          "package": {
            "date": "2024-01-01T00:00:00.000Z",
            "description": "chalk of the fake npm",
            "links": {},
            "maintainers": [
              {
                "email": "fake@registry.example",
                "username": "fake"
              }
            ],
            "name": "chalk",
            "version": "5.6.1"
          },
          "score": {
            "detail": {
              "maintenance": 1.0,
              "popularity": 1.0,
              "quality": 1.0
            },
            "final": 1.0
          },
          "searchScore": 1.0
        }
      ],
      "time": "2024-06-01T00:00:00.000Z",
      "total": 1
    }
    "#);
}

#[tokio::test]
async fn a_held_version_is_not_shown_as_the_latest() {
    let npm = chalk()
        .package("chalk-young", |p| {
            p.version("1.0.0", |v| v.published(YOUNG))
        })
        .package("chalk-old", |p| p.version("1.0.0", |v| v.published(OLD)));
    let stage = Stage::of(npm).policy(decade()).start().await;
    let reply = stage.get("/-/v1/search?text=chalk").await;
    // Of chalk-young nothing is left, so it is not found at all.
    assert_eq!(found(&reply), ["chalk@5.6.0", "chalk-old@1.0.0"]);
}

#[tokio::test]
async fn only_known_parameters_reach_the_upstream_and_size_has_a_cap() {
    let stage = Stage::new(chalk()).await;
    for (query, expected) in [
        (
            "text=chalk&size=1000&from=1",
            "/-/v1/search?text=chalk&size=250&from=1",
        ),
        ("text=chalk&size=-1", "/-/v1/search?text=chalk&size=20"),
        (
            "size=5&text=a%26b%3Dc+d",
            "/-/v1/search?size=5&text=a%26b%3Dc+d",
        ),
        (
            "text=x&token=secret&quality=0.5",
            "/-/v1/search?text=x&quality=0.5",
        ),
    ] {
        stage.npm.forget();
        assert_eq!(
            stage.get(&format!("/-/v1/search?{query}")).await.status,
            200
        );
        assert_eq!(stage.npm.requests()[0].path, expected);
    }
}

#[tokio::test]
async fn a_search_for_nothing_is_refused() {
    let stage = Stage::new(chalk()).await;
    for path in [
        "/-/v1/search",
        "/-/v1/search?text=",
        "/-/v1/search?text=%20&size=20",
        "/-/v1/search?size=1",
    ] {
        let (status, error) = stage.get(path).await.error();
        assert_eq!(status, 400, "{path}");
        assert!(error.starts_with("ERR_TEXT_MISSING"), "{error}");
    }
    assert!(stage.npm.requests().is_empty());
}

#[tokio::test]
async fn a_text_that_names_an_internal_package_stays_here() {
    let policy = json!({"internal": ["@ours/*", "secret-tool", "ours-*"]});
    let stage = Stage::of(chalk()).policy(policy).start().await;
    for text in [
        "@ours/payroll",
        "secret-tool",
        "fork of secret-tool please",
        "chalk @ours/payroll",
        "@ours/payroll@1.0.0",
        "secret-tool@^2",
        "\"secret-tool\"",
        "'@ours/payroll'",
        "chalk,secret-tool",
        "(ours-anything)",
        "package:@ours/payroll",
        "not:secret-tool",
        "name:ours-x;",
        "@ours/payroll/",
        "https://registry.example/@ours/payroll",
        "https://registry.example/package/secret-tool?x=1",
        "secret-tool.",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let reply = stage.get(&format!("/-/v1/search?text={query}")).await;
        assert!(found(&reply).is_empty());
        assert!(stage.npm.requests().is_empty(), "{text} was sent upstream");
    }
    // Others are.
    assert_eq!(
        found(&stage.get("/-/v1/search?text=chalk").await),
        ["chalk@5.6.1"]
    );
}

#[tokio::test]
async fn an_internal_name_taken_upstream_is_not_found() {
    let npm = chalk().package("chalk-ours", |p| p.version("66.6.6", |v| v));
    let stage = Stage::of(npm)
        .policy(json!({"internal": ["chalk-ours"]}))
        .start()
        .await;
    assert_eq!(
        found(&stage.get("/-/v1/search?text=chal").await),
        ["chalk@5.6.1"]
    );
    assert!(stage.npm.requests_to("/chalk-ours").is_empty());
}

#[tokio::test]
async fn results_that_are_none_are_left_out() {
    let stage = Stage::new(chalk()).await;
    let objects = json!([
        {"package": {"name": "../../etc/passwd", "version": "1.0.0"}},
        {"package": {"name": "nobody", "version": "1.0.0"}},
        {"package": {"name": "chalk"}},
        {"package": "chalk"},
        "chalk",
        {"package": {"name": "chalk", "version": "66.6.6"}},
    ]);
    let body = json!({"objects": objects, "total": 6}).to_string();
    stage.npm.route("/-/v1/search?text=x", Fixed::new(body));
    // A version that the document does not list is replaced by the one that clients get.
    assert_eq!(
        found(&stage.get("/-/v1/search?text=x").await),
        ["chalk@5.6.1"]
    );
}

#[tokio::test]
async fn a_search_that_fails_upstream_fails_here_with_words() {
    let stage = Stage::new(chalk()).await;
    for (fault, expected) in [
        (Fault::status(500), 503),
        (Fault::garbage(), 502),
        (Fault::body("[1,2"), 502),
        (Fault::status(400), 404),
        (Fault::rate_limited("77"), 503),
    ] {
        stage.npm.fault("/-/v1/search", fault);
        let reply = stage.get("/-/v1/search?text=chalk").await;
        assert_eq!(reply.error().0, expected);
        stage.npm.heal_all();
    }
    assert_eq!(stage.get("/-/v1/search?text=chalk").await.status, 200);
}
