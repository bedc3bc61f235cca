//! `GET /-/package/{name}/dist-tags`: tags as clients resolve them.

use insta::assert_snapshot;
use lazaret_testing::Npm;
use serde_json::json;

use crate::stage::{OLD, Stage, YOUNG, decade};

fn tagged() -> Npm {
    Npm::new().package("@s/tagged", |p| {
        p.version("1.0.0", |v| v.published(OLD))
            .version("2.0.0-rc.1", |v| v.published(OLD))
            .version("2.0.0", |v| v.published(YOUNG))
            .tag("latest", "2.0.0")
            .tag("next", "2.0.0-rc.1")
    })
}

#[tokio::test]
async fn tags_are_the_publishers_own_as_long_as_nothing_is_held() {
    let stage = Stage::new(tagged()).await;
    for path in [
        "/-/package/@s%2ftagged/dist-tags",
        "/-/package/@s/tagged/dist-tags",
        "/-/package/@s%2Ftagged/dist-tags/",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-cache");
        assert_eq!(
            reply.json(),
            json!({"latest": "2.0.0", "next": "2.0.0-rc.1"}),
            "{path}"
        );
    }
}

#[tokio::test]
async fn tags_lead_to_what_is_served() {
    let stage = Stage::of(tagged()).policy(decade()).start().await;
    let tags = stage.get("/-/package/@s%2ftagged/dist-tags").await.json();
    assert_eq!(tags, json!({"latest": "1.0.0", "next": "2.0.0-rc.1"}));
    assert_eq!(tags, stage.get("/@s%2ftagged").await.json()["dist-tags"]);
}

#[tokio::test]
async fn tags_of_what_is_not_there() {
    let npm = Npm::new().package("young", |p| p.version("1.0.0", |v| v.published(YOUNG)));
    let stage = Stage::of(npm).policy(decade()).start().await;
    assert_eq!(
        stage.get("/-/package/nobody/dist-tags").await.error().0,
        404
    );
    let (status, error) = stage.get("/-/package/young/dist-tags").await.error();
    assert_eq!(status, 403);
    assert_snapshot!(error, @"lazaret withheld every version of young. 1.0.0: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days). Read more: http://mirror.example/-/lazaret/why/young@1.0.0");
}
