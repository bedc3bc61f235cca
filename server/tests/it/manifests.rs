//! `GET /{name}/{version or tag}`: one manifest.

use insta::assert_snapshot;
use lazaret_testing::Npm;

use crate::reply::{masked, pretty};
use crate::stage::{OLD, PUBLIC, Stage, YOUNG, chalk, decade};

#[tokio::test]
async fn a_manifest_is_found_by_version_and_by_tag() {
    let npm = Npm::new().package("@s/n", |p| {
        p.version("1.0.0-rc.1", |v| v)
            .version("1.0.0", |v| v)
            .tag("next", "1.0.0-rc.1")
    });
    let stage = Stage::new(npm).await;
    for (path, version) in [
        ("/@s%2fn/1.0.0", "1.0.0"),
        ("/@s/n/latest", "1.0.0"),
        ("/@s%2Fn/next", "1.0.0-rc.1"),
        ("/@s/n/1.0.0-rc.1", "1.0.0-rc.1"),
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-cache");
        assert_eq!(reply.json()["version"], version);
        let tarball = format!("{PUBLIC}/@s/n/-/n-{version}.tgz");
        assert_eq!(reply.json()["dist"]["tarball"], tarball);
    }
    assert_snapshot!(pretty(&masked(&stage.get("/@s%2fn/latest").await.json())), @r#"
    {
      "_hasShrinkwrap": false,
      "_id": "@s/n@1.0.0",
      "_nodeVersion": "22.20.0",
      "_npmUser": {
        "email": "fake@registry.example",
        "name": "fake"
      },
      "_npmVersion": "11.19.1",
      "description": "@s/n of the fake npm",
      "dist": {
        "fileCount": 2,
        "integrity": "<digest>",
        "shasum": "<digest>",
        "signatures": [
          {
            "keyid": "SHA256:fakefakefakefakefakefakefakefakefakefakefak",
            "sig": "<digest>"
          }
        ],
        "tarball": "http://mirror.example/@s/n/-/n-1.0.0.tgz",
        "unpackedSize": 156
      },
      "license": "MIT",
      "main": "index.js",
      "maintainers": [
        {
          "email": "fake@registry.example",
          "name": "fake"
        }
      ],
      "name": "@s/n",
      "version": "1.0.0"
    }
    "#);
}

#[tokio::test]
async fn neither_version_nor_tag_is_404() {
    let stage = Stage::new(chalk()).await;
    for wanted in ["9.9.9", "beta", "^5.0.0", "v5.6.0", "5.6"] {
        let (status, error) = stage.get(&format!("/chalk/{wanted}")).await.error();
        assert_eq!(status, 404, "{wanted}");
        assert_eq!(error, format!("chalk has no version or tag {wanted}"));
    }
}

#[tokio::test]
async fn a_held_version_is_refused_and_its_tag_leads_elsewhere() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    assert_eq!(stage.get("/chalk/latest").await.json()["version"], "5.6.0");
    let (status, error) = stage.get("/chalk/5.6.1").await.error();
    assert_eq!(status, 403);
    assert_snapshot!(error, @"lazaret withheld chalk@5.6.1: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days). Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1");
}

#[tokio::test]
async fn with_nothing_left_every_manifest_is_refused() {
    let npm = Npm::new().package("young", |p| p.version("1.0.0", |v| v.published(YOUNG)));
    let stage = Stage::of(npm).policy(decade()).start().await;
    for wanted in ["latest", "1.0.0", OLD] {
        assert_eq!(stage.get(&format!("/young/{wanted}")).await.error().0, 403);
    }
}
