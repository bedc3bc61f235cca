//! `GET /-/npm/v1/attestations/{name}@{version}`: passed through, gated like the tarball.

use lazaret_testing::Npm;
use serde_json::json;

use crate::stage::{OLD, Stage, YOUNG, decade};

fn attested() -> Npm {
    let document = |version: &str| json!({"attestations": [{"predicateType": "https://slsa.dev/provenance/v1", "bundle": {"of": version}}]});
    Npm::new().package("@s/n", |p| {
        p.version("1.0.0", |v| {
            v.published(OLD).attestations(document("1.0.0"))
        })
        .version("1.0.1", |v| {
            v.published(YOUNG).attestations(document("1.0.1"))
        })
        .version("1.0.2", |v| v.published(OLD))
    })
}

#[tokio::test]
async fn attestations_pass_through_unchanged() {
    let stage = Stage::new(attested()).await;
    for path in [
        "/-/npm/v1/attestations/@s%2fn@1.0.0",
        "/-/npm/v1/attestations/@s/n@1.0.0",
        "/-/npm/v1/attestations/@s%2Fn@1.0.0",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(
            reply.json()["attestations"][0]["bundle"]["of"],
            "1.0.0",
            "{path}"
        );
    }
    assert_eq!(
        stage
            .npm
            .requests_to("/-/npm/v1/attestations/@s/n@1.0.0")
            .len(),
        1
    );
    assert_eq!(
        stage
            .get("/-/npm/v1/attestations/@s%2fn@1.0.2")
            .await
            .error()
            .0,
        404
    );
}

/// pnpm takes a version that has attestations for a version that exists.
#[tokio::test]
async fn a_held_version_has_none() {
    let stage = Stage::of(attested()).policy(decade()).start().await;
    let (status, error) = stage
        .get("/-/npm/v1/attestations/@s%2fn@1.0.1")
        .await
        .error();
    assert_eq!(status, 403);
    assert!(
        error.starts_with("lazaret withheld @s/n@1.0.1: "),
        "{error}"
    );
    assert!(
        stage
            .npm
            .requests_to("/-/npm/v1/attestations/@s/n@1.0.1")
            .is_empty()
    );
    // What was kept before a version is blocked is not handed out afterwards.
    assert_eq!(
        stage
            .get("/-/npm/v1/attestations/@s%2fn@1.0.0")
            .await
            .status,
        200
    );
    stage
        .set_policy(json!({"deny": [{"package": "@s/n", "reason": "no longer"}]}))
        .await;
    assert_eq!(
        stage
            .get("/-/npm/v1/attestations/@s%2fn@1.0.0")
            .await
            .error()
            .0,
        403
    );
}

#[tokio::test]
async fn what_is_no_version_is_not_asked_of_the_upstream() {
    let stage = Stage::new(attested()).await;
    for (path, status) in [
        ("/-/npm/v1/attestations/@s%2fn@9.9.9", 404),
        ("/-/npm/v1/attestations/@s%2fn", 400),
        ("/-/npm/v1/attestations/nobody@1.0.0", 404),
        ("/-/npm/v1/attestations/..%2f..@1.0.0", 400),
    ] {
        assert_eq!(stage.get(path).await.error().0, status, "{path}");
    }
    assert!(
        stage
            .npm
            .requests()
            .iter()
            .all(|request| !request.path.contains("attestations"))
    );
}
